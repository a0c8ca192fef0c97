"""``released``: a release in the middle of a test, taken back at its end."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, overload

from gameserver.errors import UndoRefused
from gameserver.reload.source import Folder
from gameserver.testing.draft import ROOT
from gameserver.testing.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gameserver.testing.releases import Released

ONE = f"{ROOT}game"
Game: TypeAlias = "Path | str | Mapping[str, str]"
"""A folder of plugins, the text of a plugin ``game``, or texts by full module name."""


@overload
def released(
    before: World, after: Mapping[str, str | None]
) -> AbstractContextManager[Released]: ...


@overload
def released(before: Game, after: Game) -> AbstractContextManager[World]: ...


def released(
    before: World | Game, after: Game | Mapping[str, str | None]
) -> AbstractContextManager[Released] | AbstractContextManager[World]:
    """Release new texts in a running world, or make a world that is to be released.

    ``with released(world, {"plugins.rules": text}) as release:`` releases at once, and
    undoes that at the end; None for a text removes the module. Raises
    ``ReleaseRefused``, and at the end ``UndoRefused``.

    ``with released(v1, v2) as world:`` makes a world of one game, whose
    ``world.release()`` brings the other. The world is closed at the end.
    """
    if not isinstance(before, World):
        return _between(before, _texts_of(after))
    if isinstance(after, (str, Path)):
        text = f"released(world, {after!r:.40}): expected texts by full module name"
        raise TypeError(text)
    return _within(before, after)


@contextmanager
def _within(world: World, texts: Mapping[str, str | None]) -> Iterator[Released]:
    release = world.release(texts)
    try:
        yield release
    except BaseException:
        with suppress(UndoRefused):  # the test's own error is the news
            release.undo()
        raise
    if not release.is_undone:
        release.undo()


@contextmanager
def _between(before: Game, after: dict[str, str | None]) -> Iterator[World]:
    if isinstance(before, Path):
        world = World.of_plugins(before)
    elif isinstance(before, str):
        world = World.of_texts({ONE: before})
    else:
        world = World.of_texts(before)
    gone = dict.fromkeys(world.texts.keys() - after.keys())
    world.draft({**gone, **after})
    try:
        yield world
    except BaseException:
        with suppress(Exception):  # likewise
            world.close()
        raise
    world.close()


def _texts_of(game: Game | Mapping[str, str | None]) -> dict[str, str | None]:
    """Give a game's texts by full module name."""
    if isinstance(game, str):
        return {ONE: game}
    if not isinstance(game, Path):
        return dict(game)
    source = Folder(game)
    read = {name: source.read(name) for name in source.names()}
    return {name: text.source for name, text in read.items() if text is not None}
