"""What a release asks of live instances: carriers, steps and hooks, class by class.

For each class: the chain of its ``@migration`` steps if its ``version`` rose, or what
the class itself says (``__carrier__``), then the instance hook of the new version.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from gameserver.reload.fields import Fields, refill
from gameserver.reload.hooks import instance_hook
from gameserver.reload.instances import count, family, is_known
from gameserver.reload.migration import FIRST_VERSION, run_step, steps_between
from gameserver.reload.plan import Entry
from gameserver.reload.scan import instances_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from gameserver.reload.pairing import Pairs
    from gameserver.reload.plan import Scan

CARRIER = "__carrier__"


class Carrier(Protocol):
    """What a class's own ``__carrier__()`` gives, asked before it changes.

    Called with an instance, it carries it.
    """

    def is_needed(self, owner: type) -> bool:
        """Say whether instances must be carried to the class in its new version."""
        ...

    def __call__(self, subject: Any) -> Fields | None:  # noqa: ANN401 - an instance of the class
        """Carry one instance from the old shape to the new.

        It may give a dict equal to the instance's fields then, which spares a copy.
        """


@dataclass(slots=True)
class Chain:
    """The default carrier: ``@migration`` steps over an instance's fields.

    A step gets a dict of the fields that is its own (what is in it is the live
    instance's) and gives the new fields.
    """

    before: object
    _after: object = None
    _chains: dict[type, list[Any]] = field(default_factory=dict)

    def is_needed(self, owner: type) -> bool:
        """Say whether there are steps between the two versions."""
        self._after = getattr(owner, "version", None)
        self._chains = {}
        return bool(self._steps(owner))

    def _steps(self, owner: type) -> list[Any]:
        before, after = self.before, self._after
        if type(before) is not int or type(after) is not int:
            return []
        return steps_between(owner, before, after)

    def __call__(self, subject: Any) -> Fields | None:  # noqa: ANN401 - as above
        """Run the steps in order and give the instance the fields they end with."""
        owner = type(subject)
        fields = object.__getattribute__(subject, "__dict__")
        state: Fields = fields.copy()
        steps = self._chains.get(owner)
        if steps is None:
            steps = self._chains[owner] = self._steps(owner)
        for target, step in steps:
            state = run_step(owner, step, state, target)
        refill(fields, state)
        return state


@dataclass(slots=True)
class Task:
    """One class of a release whose instances need something."""

    name: str
    owner: type
    carrier: Carrier | None
    before: object
    hook: Callable[[Any, object], object] | None
    module: str
    file: str
    line: int

    def __call__(self, subject: Any) -> Fields | None:  # noqa: ANN401 - as above
        """Carry one instance, then let its hook see it; see ``Carrier``."""
        after = self.carrier(subject) if self.carrier is not None else None
        if self.hook is None:
            return after
        self.hook(subject, self.before)
        fields = getattr(subject, "__dict__", None)
        if type(fields) is dict:
            refill(fields, fields.copy())
        return None

    def entry(self, number: int) -> Entry:
        """Give the plan's line."""
        why = f"{number} live instances"
        return Entry("migrated", self.module, self.name, self.file, self.line, why)


class Tasks:
    """The tasks of one release; made before the classes change.

    ``see`` is asked after: only then do versions, steps and hooks of the new text show.
    """

    def __init__(self, pairs: Iterable[Pairs]) -> None:
        self._classes = [
            (one, path, live, staged, version, _carrier(live, version))
            for one in pairs
            for path, live, staged in one.classes
            for version in (_version(live, one, path),)
        ]

    def foreseen(self) -> list[Task]:
        """Give the tasks as the staged classes announce them, for the plan."""
        return list(self._tasks(is_done=False))

    def see(self) -> list[Task]:
        """Give the tasks, once the classes have changed."""
        return list(self._tasks(is_done=True))

    def _tasks(self, *, is_done: bool) -> Iterator[Task]:
        for pairs, path, live, staged, before, carrier in self._classes:
            owner = live if is_done else staged
            needed = carrier if carrier.is_needed(owner) else None
            hook = instance_hook(owner)
            if needed is None and hook is None:
                continue
            scope, _, name = path.rpartition(".")
            line = pairs.staged.outline.line(scope, name)
            text = pairs.staged.text
            yield Task(path, live, needed, before, hook, text.name, text.origin, line)


def _carrier(live: type, version: object) -> Carrier:
    own: Callable[[], Carrier] | None = getattr(live, CARRIER, None)
    if own is not None:
        return own()
    return Chain(FIRST_VERSION if version is None else version)


def _version(live: type, pairs: Pairs, path: str) -> object:
    """Give a class's version before the release: its own, or the one it inherits."""
    own = pairs.old.classes[path].members.get("version")
    return own if own is not None else getattr(live, "version", None)


def foresee(
    tasks: list[Task],
    clock: Callable[[], float],
    scans: list[Scan],
    newborn: Container[object] = (),
) -> list[Entry]:
    """Say how many instances each task concerns, and what finding them costs.

    ``newborn``: instances that the new texts made, which it does not.
    """
    found = []
    for task in tasks:
        if is_known(task.owner):
            found.append(task.entry(count(task.owner)))
        else:
            live = instances_of(family(task.owner), clock, scans)
            found.append(task.entry(sum(one not in newborn for one in live)))
    return found
