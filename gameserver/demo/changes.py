"""What authors and admins do in a tour: releases, undo, texts in the database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gameserver.demo.edits import Edit, shortened
from gameserver.demo.stage import PACKAGE
from gameserver.errors import DoesNotHold, GameError

if TYPE_CHECKING:
    from gameserver.demo.acts import Sees
    from gameserver.demo.playing import Play

_SHOWN = 6  # lines of a file's diff
Edits = tuple[Edit, ...]


@dataclass(frozen=True)
class Release:
    """An author saves these edits, an admin releases them, and all see ``sees``."""

    edits: Edits
    sees: Sees = ()

    async def play(self, play: Play) -> None:
        """Save, release, and wait for what is to be seen."""
        save(play, self.edits)
        since = play.marks()
        await release(play)
        await play.see(self.sees, since)


@dataclass(frozen=True)
class Refused:
    """The same, but it is refused for a reason like ``why``, and nothing changes.

    ``why``: a regular expression. The files are put back as they were.
    """

    edits: Edits
    why: str

    async def play(self, play: Play) -> None:
        """Save, try to release, and compare what runs before and after."""
        save(play, self.edits)
        before = await running(play)
        play.transcript.typed("gameserver reload")
        try:
            row = await play.ask("reload", None, "wait")
        except GameError as refusal:
            text = str(refusal)
        else:
            raise DoesNotHold(f"refused: {self.why}", f"release {row['number']}")
        shown = text.replace(f"{play.stage.folder}/", "")
        for line in shortened(shown.splitlines(), _SHOWN):
            play.transcript.told(line)
        if not re.search(self.why, text):
            raise DoesNotHold(f"refused: {self.why}", shown)
        if (after := await running(play)) != before:
            raise DoesNotHold(f"all runs as before: {before}", str(after))
        play.stage.put_back()


@dataclass(frozen=True)
class Undo:
    """An admin takes the newest release back, and its author the edits."""

    sees: Sees = ()

    async def play(self, play: Play) -> None:
        """Undo, and wait for what is to be seen."""
        since = play.marks()
        play.transcript.typed("gameserver undo")
        row = await play.ask("undo", None)
        play.transcript.released(row["number"], row["outcome"], None)
        if row["outcome"] != "undone":
            raise DoesNotHold("the release is undone", row["outcome"])
        play.stage.put_back()
        await play.see(self.sees, since)


@dataclass(frozen=True)
class Put:
    """An author puts a module's text, with this edit, into the database."""

    module: str
    edit: Edit

    async def play(self, play: Play) -> None:
        """Put and release; the file stays as it is."""
        name = f"plugins.{PACKAGE}.{self.module}"
        text = self.edit.apply(play.stage.path(self.edit.file).read_text())
        play.transcript.changed(name, shortened(self.edit.diff(), _SHOWN))
        play.transcript.typed(f"gameserver code put {name} {self.edit.file}")
        row = await play.ask("code_put", name, text, 0, "from the tour")
        play.transcript.told(f"revision {row['revision']}; not in force yet")
        await release(play)
        play.transcript.typed(f"gameserver code diff {name}")
        differs = "".join(await play.ask("code_diff", name))
        if differs:
            raise DoesNotHold(f"{name} runs revision {row['revision']}", differs)
        play.transcript.told(f"none: what runs is revision {row['revision']}")


@dataclass(frozen=True)
class Versions:
    """Ask which release runs where; these are there: kind, owner, class.

    Each is of the release that changed its module last; ``releases`` says which.
    """

    rows: tuple[tuple[str, str, str], ...]

    async def play(self, play: Play) -> None:
        """Ask, show and compare."""
        play.transcript.typed("gameserver who --versions")
        found = (await play.ask("who_versions"))["rows"]
        changed = await last_changes(play)
        for kind, owner, what in self.rows:
            row = next(
                (
                    one
                    for one in found
                    if (one["kind"], one["owner"], one["what"]) == (kind, owner, what)
                ),
                None,
            )
            if row is None:
                raise DoesNotHold(f"{kind} {owner} {what}", str(found))
            number = row["release"]
            play.transcript.told(f"{kind:<8}{owner:<6}{what:<14}release {number}")
            if number != changed.get(row["module"], 0):
                raise DoesNotHold(f"release {changed.get(row['module'])}", str(row))


def save(play: Play, edits: Edits) -> None:
    """Save edits, and show their diffs."""
    play.stage.write(edits)
    files: dict[str, list[str]] = {}
    for one in edits:
        files.setdefault(one.file, []).extend(one.diff())
    for file, lines in files.items():
        play.transcript.changed(file, shortened(lines, _SHOWN))


async def release(play: Play) -> dict[str, Any]:
    """Release all that has changed; gives the row."""
    play.transcript.typed("gameserver reload")
    row: dict[str, Any] = await play.ask("reload", None, "wait")
    play.transcript.released(row["number"], row["outcome"], row["pause"])
    if row["outcome"] != "committed":
        raise DoesNotHold("the release is committed", f"{row['outcome']}, {row}")
    return row


async def running(play: Play) -> list[tuple[Any, ...]]:
    """Say what runs in which release; calls at work come and go, so without them."""
    found = await play.ask("who_versions")
    rows = [one for one in found["rows"] if one["kind"] != "call"]
    return sorted(tuple(map(str, one.values())) for one in rows)


async def last_changes(play: Play) -> dict[str, int]:
    """Say of each module which release in force has changed it last."""
    return {
        module["name"]: one["number"]
        for one in await play.in_force()
        for module in one["modules"]
    }
