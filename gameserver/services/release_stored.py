"""Avatars that were stored in a release's version and have left: an undo's other half.

Those in memory go back with the release; the code of before cannot read what is stored
in a higher version. So these go back through the inverses of the migrations *before*
the code does, while the inverses are there to be run: at load it would be too late, and
after a restart nothing would remember them. Should the server die in between, the newer
code reads older state, as ever.

Only those are held who were stored since the release: whoever wants one of them to log
in waits for the end of the undo. All others are looked at, one by one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gameserver.errors import GameServerError, NotReleased, PluginError
from gameserver.model.account import name_key
from gameserver.model.carrier import StateCarrier
from gameserver.model.encoding import written
from gameserver.model.state import raw_state
from gameserver.reload.versions import advice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.interfaces import SnapshotStore
    from gameserver.model.snapshot import Snapshot
    from gameserver.reload.release import Release
    from gameserver.server.game import Game

    Lowered = tuple[Snapshot, Snapshot]
    """What is stored, and what is to be."""

_MANY = 5  # names that a refusal lists
PAGE = 100
"""How many snapshots are looked at in a row, or saved in one transaction."""


class StoredBack:
    """Of one undo: ``find`` and ``save``; ``missed`` in the undo's turn; then ``end``.

    If the version of the game's avatar class did not rise, nothing is looked at.
    """

    def __init__(self, game: Game, snapshots: SnapshotStore, release: Release) -> None:
        self._game, self._snapshots = game, snapshots
        self._owner = game.cast.avatar
        self._raised = dict(release.raised)
        self._carrier = _carrier(self._owner, release)
        self._here: set[str] = set()
        self._held: list[Callable[[], None]] = []
        self._before: list[Snapshot] = []

    async def find(self, names: Iterable[str] | None = None) -> list[Lowered]:
        """Give each of these, or of all that are stored, as it is to be stored.

        ``NotReleased`` names those who cannot go back, and what can be done; then
        ``end`` is still to be called.
        """
        if self._carrier is None:
            return []
        found: list[Lowered] = []
        refused: dict[str, str] = {}
        chosen = await self._snapshots.ids(self._owner.kind) if names is None else names
        for number, name in enumerate(chosen):
            if number % PAGE == 0:
                self._look()
            stored = await self._apart(name, self._carrier)
            if stored is not None:
                try:
                    found.append((stored, self._lowered(self._carrier, stored)))
                except GameServerError as error:
                    refused[name] = _why(error)
                except (ValueError, RecursionError):
                    continue  # what is stored is damaged: no code can load it
        if refused:
            raise NotReleased(self._refusal(refused))
        return found

    async def save(self, found: list[Lowered]) -> None:
        """Store them."""
        for first in range(0, len(found), PAGE):
            page = found[first : first + PAGE]
            self._before += [stored for stored, _ in page]
            await self._snapshots.save([lowered for _, lowered in page])

    def missed(self) -> list[str]:
        """Name who has left memory since they were looked for; [] in the right turn."""
        self._look()
        here = {name_key(one.subject.name) for one in self._game.roster}
        gone = [name for name in self._here if name_key(name) not in here]
        self._here.difference_update(gone)
        return gone if self._carrier is not None else []

    async def put_back(self) -> None:
        """Store what was stored before: the undo was refused."""
        again = [replace(one, revision=one.revision + 2) for one in self._before]
        self._before = []
        for first in range(0, len(again), PAGE):
            await self._snapshots.save(again[first : first + PAGE])

    def end(self) -> None:
        """Let those log in who wait."""
        held, self._held = self._held, []
        for one in held:
            one()

    def _look(self) -> None:
        """Remember who is in memory: they may leave while others are looked at."""
        self._here.update(one.subject.name for one in self._game.roster)

    async def _apart(self, name: str, carrier: StateCarrier) -> Snapshot | None:
        """Give what is stored too new, its avatar held apart; None if it is here."""
        roster = self._game.roster
        if roster.get(name) is not None or await roster.settled(name) is not None:
            return None
        end = roster.keep_out(name)
        try:
            stored = await self._game.ledger.stored(self._owner, name)
        except BaseException:
            end()
            raise
        limit = carrier.version_before(self._owner)
        if stored is None or stored.version <= limit:
            end()
            return None
        self._held.append(end)
        return stored

    def _lowered(self, carrier: StateCarrier, stored: Snapshot) -> Snapshot:
        state = raw_state(stored.state)
        state = carrier.as_before(self._owner, state, stored.version)
        version = carrier.version_before(self._owner)
        revision = stored.revision + 1
        encoded = written(state)[0]
        return replace(stored, state=encoded, version=version, revision=revision)

    def _refusal(self, refused: dict[str, str]) -> str:
        listed = ", ".join(list(refused)[:_MANY])
        more = f" and {len(refused) - _MANY} more" if len(refused) > _MANY else ""
        why = "; ".join(list(dict.fromkeys(refused.values()))[:_MANY])
        return (
            f"stored in version {self._owner.version} since, and not in memory:"
            f" {listed}{more}; {why}; {advice(self._raised)}"
        )


def _carrier(owner: Any, release: Release) -> StateCarrier | None:  # noqa: ANN401 - an avatar class
    """Give what carries a class in a release, if that has raised its version."""
    tasks = release.migrations.tasks if release.migrations else []
    by_owner = {one.owner: one.carrier for one in tasks}
    for base in owner.__mro__:
        found = by_owner.get(base)
        if isinstance(found, StateCarrier):
            return found if found.version_before(owner) < owner.version else None
    return None


def _why(error: GameServerError) -> str:
    return (
        f"{error.place}: {error.text}" if isinstance(error, PluginError) else str(error)
    )
