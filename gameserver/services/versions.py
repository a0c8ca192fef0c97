"""Which release runs where: of each module, and of all that is alive in the game.

A module is of the last release in force that changed it, also of one from before the
server started, if that brought the text which it started with; 0 is of none.
An avatar or service has the code of its class's module, and a timer that of its
method's. A call has the release that was in force when it began: its frames may run
older code than the module has now.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict, dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from gameserver.model.arguments import PREFIX
from gameserver.model.release_row import Outcome
from gameserver.server.traces import steps_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from twisted.python.failure import Failure

    from gameserver.model.release_row import ReleaseRow
    from gameserver.server.game import Game
    from gameserver.server.resident import Resident

_ROOT: Final = "plugins"
_KEPT: Final = 64  # releases of one module that can be taken back in turn


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One thing that runs: ``kind`` is avatar, service, timer or call.

    ``owner``: the account or service it belongs to; ``what``: its class, or class and
    method. ``module``: where that is defined. ``release``: a number, 0 of none.
    """

    kind: str
    owner: str
    what: str
    module: str
    release: int

    def as_data(self) -> dict[str, Any]:
        """Give it in JSON's types."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.kind:<8} {self.owner}  {self.module}:{self.what} "
            f"release={self.release}"
        )


@dataclass(frozen=True, slots=True)
class Overview:
    """All that runs: how many by kind, module and release, and the first rows."""

    counts: list[dict[str, Any]]
    rows: list[VersionRow]


class Versions:
    """The releases in force, by module; told of each commit and each undo."""

    def __init__(self, root: str = _ROOT) -> None:
        self._root = root
        self._highest = 0
        self._started = 0
        self._in_force: list[int] = []
        self._of: dict[str, list[int]] = {}

    @property
    def current(self) -> int:
        """The number of the last release in force; 0 if there is none."""
        return self._in_force[-1] if self._in_force else self._started

    def told(self, row: ReleaseRow) -> None:
        """Hear of a row of the history, new or as it is now; for ``Parts.told``."""
        if row.outcome is Outcome.COMMITTED and row.number > self._highest:
            self.committed(row.number, [one.name for one in row.modules])
        elif row.outcome is Outcome.UNDONE:
            self.undone(row.number)

    def committed(self, number: int, modules: Collection[str]) -> None:
        """Note a release and the modules whose text it changed, or removed."""
        self._highest = max(self._highest, number)
        self._in_force = [*self._in_force, number][-_KEPT:]
        for name in modules:
            self._of[name] = [*self._of.get(name, ()), number][-_KEPT:]

    def recalled(self, number: int, modules: Iterable[str]) -> None:
        """Note one from before the start, for modules of which none was noted yet."""
        for name in modules:
            if name not in self._of:
                self._of[name] = [number]
                self._started = max(self._started, number)

    def undone(self, number: int) -> None:
        """Note that a release was taken back; its modules are of those before."""
        self._in_force = [one for one in self._in_force if one != number]
        for name, numbers in list(self._of.items()):
            self._of[name] = [one for one in numbers if one != number]
            if not self._of[name]:
                del self._of[name]

    def of(self, module: str) -> int:
        """Give the release that a module is of."""
        numbers = self._of.get(module)
        return numbers[-1] if numbers else 0

    def of_namespace(self, namespace: str) -> int | None:
        """Give the release of what logs; None for what is not author code.

        ``namespace``: of a ``Logger``: a module, or a class in it.
        """
        if not self._is_ours(namespace):
            return None
        while namespace not in sys.modules and "." in namespace:
            namespace = namespace.rpartition(".")[0]
        return self.of(namespace)

    def of_failure(self, failure: Failure) -> int | None:
        """Give the release of the innermost author code that an error went through.

        None if it went through none. For ``Fence.release_of``.
        """
        ours = [one for one in steps_of(failure) if self._is_ours(one.module)]
        return self.of(ours[-1].module) if ours else None

    def overview(self, game: Game, most: int) -> Overview:
        """Count all, and give rows of some; ``most``: of how many of each kind.

        No name is read but of those: it is a touch, which migrates who waits for it.
        """
        counts = Counter(
            (one.kind, one.module, one.release) for one in self._calls(game)
        )
        found: list[VersionRow] = []
        for kind, here in (("avatar", game.roster), ("service", game.troupe)):
            residents: list[Resident[Any]] = list(here)
            counts += self._counted(kind, residents)
            found += self._rows(kind, residents[:most])
        found += islice(self._calls(game), most)
        return Overview(_as_data(counts), found)

    def _counted(
        self, kind: str, residents: list[Resident[Any]]
    ) -> Counter[tuple[str, str, int]]:
        # By class: a row for each of 100,000 took 143 ms.
        owners = Counter([type(one.record.subject) for one in residents])
        counts: Counter[tuple[str, str, int]] = Counter()
        for owner, count in owners.items():
            module = owner.__module__
            counts[kind, module, self.of(module)] += count
        for one in residents:
            if one.timers.is_armed:
                owner = type(one.record.subject)
                for method in one.timers.armed:
                    module = _module_of_method(owner, method)
                    counts["timer", module, self.of(module)] += 1
        return counts

    def _calls(self, game: Game) -> Iterator[VersionRow]:
        for call in game.calls.begun:
            what = f"{call.owner.__name__}.{call.name}"
            module = _module_of_method(call.owner, PREFIX + call.name)
            number = call.release or self._started  # 0: none since the start
            yield VersionRow("call", call.player, what, module, number)

    def _rows(
        self, kind: str, residents: Iterable[Resident[Any]]
    ) -> Iterator[VersionRow]:
        for resident in sorted(residents, key=lambda one: one.subject.name):
            yield self._row(kind, resident)
            yield from self._timers(resident)

    def _row(self, kind: str, resident: Resident[Any]) -> VersionRow:
        owner = type(resident.subject)
        name, module = resident.subject.name, owner.__module__
        return VersionRow(kind, name, owner.__qualname__, module, self.of(module))

    def _timers(self, resident: Resident[Any]) -> Iterator[VersionRow]:
        owner = type(resident.subject)
        for method in resident.timers.armed:
            module = _module_of_method(owner, method)
            what = f"{owner.__qualname__}.{method}"
            name = resident.subject.name
            yield VersionRow("timer", name, what, module, self.of(module))

    def _is_ours(self, name: str) -> bool:
        return name.partition(".")[0] == self._root


def _as_data(counts: Counter[tuple[str, str, int]]) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "module": module, "release": release, "count": count}
        for (kind, module, release), count in sorted(counts.items())
    ]


def _module_of_method(owner: type, method: str) -> str:
    """Name the module that a method is in; the class's for one that is gone."""
    for base in owner.__mro__:
        if method in vars(base):
            home: str = getattr(vars(base)[method], "__module__", "") or base.__module__
            return home
    return owner.__module__
