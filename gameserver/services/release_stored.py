"""Avatars that were stored in a release's version and have left: an undo's other half.

Those in memory go back with the release; the code of before cannot read what is stored
in a higher version. So these go back through the inverses of the migrations *before*
the code does, while the inverses are there to be run: at load it would be too late, and
after a restart nothing would remember them. Should the server die in between, the newer
code reads older state, as ever.

Nobody leaves memory meanwhile. Of the others, those are held who were stored since the
release: whoever wants one of them to log in waits for the end of the undo. Author code
may be among those who want one, in ``retired`` as well: so nobody is held while an
avatar on its way out, or in, is waited for, and that has a limit.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from gameserver.errors import Damaged, GameServerError, NotReleased, PluginError
from gameserver.model.carrier import StateCarrier
from gameserver.model.encoding import written
from gameserver.model.state import raw_state
from gameserver.reload.versions import advice
from gameserver.server.awaiting import in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.interfaces import SnapshotStore
    from gameserver.model.snapshot import Snapshot
    from gameserver.reload.engine import Engine
    from gameserver.reload.release import Release
    from gameserver.server.game import Game

    Lowered = tuple[Snapshot, Snapshot]
    """What is stored, and what is to be."""

_log = Logger("gameserver.releases")

_ROUNDS = 5  # of waiting for those who log in just now
_MANY = 5  # names that a refusal lists
PAGE = 100
"""How many snapshots are looked at in a row, or saved in one transaction."""


def keep_while_migrating(game: Game, engine: Engine) -> None:
    """Let no avatar leave memory while a migration that waits may yet undo a release.

    Its engine would put the code back at once, without a turn for what is stored: who
    was stored in the new version has to be here, to go back with it.
    """
    game.roster.keep_all(lambda: any(one.left for one in engine.releases))


class StoredBack:
    """Of one undo: ``find`` and ``save``; ``missed`` in the undo's turn; then ``end``.

    If the version of the game's avatar class did not rise, nothing is looked at.
    """

    def __init__(self, game: Game, snapshots: SnapshotStore, release: Release) -> None:
        self._game, self._snapshots = game, snapshots
        self._owner = game.cast.avatar
        self._raised = dict(release.raised)
        self._carrier = _carrier(self._owner, release)
        self._moving: list[str] = []
        """Who was on the way in or out when it was their turn to be looked at."""
        self._rounds = 0
        self._kept: Callable[[], None] | None = None
        self._held: list[Callable[[], None]] = []
        self._before: list[Snapshot] = []

    async def find(self, names: Iterable[str] | None = None) -> list[Lowered]:
        """Give each of these, or of all that are stored, as it is to be stored.

        A row that is damaged is left as it is: no code can load it. ``NotReleased``
        names those who cannot go back, and what can be done; then ``end`` is still to
        be called.
        """
        if self._carrier is None:
            return []
        found: list[Lowered] = []
        refused: dict[str, str] = {}
        for name in await self._to_look_at(names):
            stored = await self._apart(name, self._carrier)
            if stored is not None:
                try:
                    found.append((stored, self._lowered(self._carrier, stored)))
                except GameServerError as error:
                    refused[name] = _why(error)
                except (ValueError, RecursionError) as error:
                    _left_alone(name, error)
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
        """Name who is still to be looked at; [] in the right turn."""
        moving, self._moving = self._moving, []
        return [name for name in moving if self._game.roster.get(name) is None]

    async def put_back(self) -> None:
        """Store what was stored before: the undo was refused."""
        again = [replace(one, revision=one.revision + 2) for one in self._before]
        self._before = []
        for first in range(0, len(again), PAGE):
            await self._snapshots.save(again[first : first + PAGE])

    def end(self) -> None:
        """Let those log in who wait, and those leave who are idle."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept()
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, []
        for one in held:
            one()

    async def _to_look_at(self, names: Iterable[str] | None) -> Iterable[str]:
        """Give these, or all if somebody had to be waited for."""
        roster = self._game.roster
        if self._kept is None:
            self._kept = roster.keep_all(lambda: True)
            await self._wait(roster.leaving())
        moving = [name for name in names or () if roster.is_moving(name)]
        if moving:
            await self.put_back()
            self._let_go()
            await self._wait(moving)
        if names is None or moving:
            return await self._snapshots.ids(self._owner.kind)
        return names

    async def _wait(self, names: list[str]) -> None:
        """Wait until these are in or out of memory; nobody is held by now."""
        roster, limit = self._game.roster, self._game.rules.stop_timeout
        self._rounds += 1
        going = [Deferred.fromCoroutine(roster.settled(name)) for name in names]
        is_over = await in_time(going, self._game.clock, limit)
        if not is_over or self._rounds > _ROUNDS:
            late = [name for name in names if not is_over and roster.is_moving(name)]
            who = _listed(late or names)
            text = f"on the way into or out of memory, and not there in time: {who}"
            raise NotReleased(f"{text}; undo again once that has ended")

    async def _apart(self, name: str, carrier: StateCarrier) -> Snapshot | None:
        """Give what is stored too new, its avatar held apart; None if it is here."""
        roster = self._game.roster
        if roster.get(name) is not None:
            return None
        if roster.is_moving(name):
            self._moving.append(name)
            return None
        end = roster.keep_out(name)
        try:
            stored = await self._game.ledger.stored(self._owner, name)
        except Damaged as error:
            end()
            _left_alone(name, error)
            return None
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
        why = "; ".join(list(dict.fromkeys(refused.values()))[:_MANY])
        return (
            f"stored in version {self._owner.version} since, and not in memory:"
            f" {_listed(refused)}; {why}; {advice(self._raised)}"
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


def _listed(names: Iterable[str]) -> str:
    known = list(names)
    more = f" and {len(known) - _MANY} more" if len(known) > _MANY else ""
    return ", ".join(known[:_MANY]) + more


def _left_alone(name: str, error: Exception) -> None:
    _log.error("{name} is not taken back: {why}", name=name, why=str(error))
