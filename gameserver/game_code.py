"""The game's code as a start finds it: in the database, in a folder, or in both."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gameserver.errors import PluginError, SettingError
from gameserver.reload.source import Folder
from gameserver.server.code_source import DatabaseCode, GameCode
from gameserver.server.plugins import ROOT, Cast, load_cast

if TYPE_CHECKING:
    from gameserver.config import Settings
    from gameserver.database import Place


@dataclass(frozen=True, slots=True)
class LoadedGame:
    """The game's classes, and where their texts are.

    ``database``: the texts that the database has. ``folder``: None if there is none,
    as the database has all of them.
    """

    cast: Cast
    database: DatabaseCode
    folder: Path | None

    @classmethod
    def of(cls, settings: Settings, place: Place) -> LoadedGame:
        """Load it; blocks, and makes nothing on disk.

        Raises ``SettingError``, ``PluginError``, or ``StoreError`` for a database that
        cannot be read.
        """
        code = DatabaseCode(place.code())
        folder = plugin_folder(settings, is_needed=not code.names())
        return cls(_cast(settings, code, folder), code, folder)


def files_of(settings: Settings, *, is_needed: bool) -> Folder | None:
    """Give the files that a start with these settings would read; None if none.

    ``is_needed``: the database has no text. Raises ``SettingError``.
    """
    folder = plugin_folder(settings, is_needed=is_needed)
    is_there = folder is not None and folder.is_dir()
    return Folder(folder, ROOT) if folder is not None and is_there else None


def plugin_folder(settings: Settings, *, is_needed: bool = True) -> Path | None:
    """Give the folder of author code; the demo game if none is there or named.

    Raises ``SettingError`` when one is named and not there, or cannot be read. If it is
    not needed, as the database has the game's code, None in place of both.
    """
    folder = settings.server.plugins
    place = settings.origin("server.plugins").place
    expected = "a folder with plugins in it"
    try:
        with os.scandir(folder):
            return folder
    except (FileNotFoundError, NotADirectoryError) as error:
        if not is_needed:
            return None
        if "server.plugins" in settings.origins:
            raise SettingError.wrong(place, str(folder), expected) from error
    except OSError as error:
        msg = f"{place}: {folder}: {error.strerror}; expected {expected}"
        raise SettingError(msg) from error
    here = Path(__file__).parent
    return next(
        (one for one in (here / "plugins", here.parent / "plugins") if one.is_dir()),
        folder,
    )


def _cast(settings: Settings, code: DatabaseCode, folder: Path | None) -> Cast:
    """Load the author code; a wrong ``realm.avatar`` is named with its place."""
    avatar = settings.realm.avatar
    files = None if folder is None else Folder(folder, ROOT)
    try:
        return load_cast(folder, avatar, GameCode(code, files))
    except PluginError as error:
        if not avatar or error.place != str(folder):
            raise  # of a line of the author's
        place = settings.origin("realm.avatar").place
        text = error.text.removeprefix("realm.avatar: ")  # the place says so
        raise PluginError(f"{place}: {folder}", text) from error
