"""What a release asks of live instances: carriers, steps and hooks, class by class.

For each class: the chain of its ``@migration`` steps if its ``version`` rose, or what
the class itself says (``__carrier__``), then the instance hook of the new version.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from gameserver.errors import NoWayBack
from gameserver.reload.fields import (
    Fields,
    all_fields,
    dict_of,
    put_fields,
    storage_of,
)
from gameserver.reload.hooks import instance_hook
from gameserver.reload.instances import count, family, is_known
from gameserver.reload.lending import Lent
from gameserver.reload.migration import (
    FIRST_VERSION,
    inverses_between,
    run_step,
    steps_between,
)
from gameserver.reload.places import place_of
from gameserver.reload.plan import Entry
from gameserver.reload.quick import give_back, lend, refill
from gameserver.reload.scan import instances_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

    from gameserver.reload.pairing import Pairs
    from gameserver.reload.plan import Scan

CARRIER = "__carrier__"

After = tuple[Fields, Lent]
"""What a carried instance holds then."""


class Carrier(Protocol):
    """What a class's own ``__carrier__()`` gives, asked before it changes.

    Called with an instance, it carries it. One with a true ``is_whole`` serves all that
    its bases declare as well: theirs of that kind are not asked then. One that has
    ``returned(instance)`` gives the fields of before, for an undo.
    """

    def is_needed(self, owner: type) -> bool:
        """Say whether instances must be carried to the class in its new version."""
        ...

    def __call__(self, subject: Any) -> After | None:  # noqa: ANN401 - an instance of the class
        """Carry one instance from the old shape to the new.

        It may give a dict equal to the instance's fields then, and copies of the
        containers in them, which spares making both.
        """


@dataclass(slots=True)
class Chain:
    """The default carrier: ``@migration`` steps over an instance's fields.

    A step gets a dict of the fields that is its own, as are the containers in it (the
    objects in these are live), and gives the new fields. A container that comes back
    as it was given is the instance's former one again.
    """

    before: object
    _steps: list[Any] = field(default_factory=list)
    _after: int = 0
    _owner: type = object
    _plain: dict[type, bool] = field(default_factory=dict)

    def is_needed(self, owner: type) -> bool:
        """Say whether there are steps between the two versions.

        A class that inherits its version is served by the base that has it.
        """
        before, after = self.before, vars(owner).get("version")
        steps = []
        if type(before) is int and type(after) is int:
            steps, self._after = steps_between(owner, before, after), after
        self._owner, self._steps = owner, steps  # whole: others carry meanwhile
        return bool(steps)

    def __call__(self, subject: Any) -> After | None:  # noqa: ANN401 - as above
        """Run the steps in order and give the instance the fields they end with."""
        if self.is_plain(subject):
            fields: Any = dict_of(subject)  # asked plainly, it would count as a touch
            after = self.changed(fields.copy())
            refill(fields, after[0])
            return after
        named = {name: getattr(subject, name) for name in all_fields(subject)}
        put_fields(subject, self.changed(named)[0])
        return None

    def returned(self, subject: object) -> Fields:
        """Give the fields that an instance would have before; nothing changes.

        Raises ``NoWayBack`` if a step has no inverse, ``PluginError`` if one raises.
        """
        owner, before = self._owner, self.before
        inverses = inverses_between(owner, before, self._after)  # type: ignore[arg-type]  # is_needed has looked
        fields: Any = dict_of(subject)
        if not self.is_plain(subject):
            text = f"{owner.__name__}: fields in __slots__ have no way back"
            raise NoWayBack(place_of(owner), text)
        loan = lend(fields.copy())
        state = loan[0]
        for target, inverse in inverses:
            what = f"undo of the migration to {target}"
            state = run_step(owner, inverse, state, target, what)
        return give_back(state, loan)[0]

    def is_plain(self, subject: object) -> bool:
        """Say whether an instance's fields are all in its dict: asked once a class."""
        owner = type(subject)
        found = self._plain.get(owner)
        if found is None:
            found = dict_of(subject) is not None and not storage_of(owner)
            self._plain[owner] = found
        return found

    def changed(self, fields: Fields) -> After:
        """Give what the steps make of some fields, which stay as they are.

        They are a copy: nobody else changes them meanwhile.
        """
        loan = lend(fields)
        state = loan[0]
        for target, step in self._steps:
            state = run_step(self._owner, step, state, target)
        return give_back(state, loan)


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

    def __call__(self, subject: Any) -> After | None:  # noqa: ANN401 - as above
        """Carry one instance, then let its hook see it; see ``Carrier``."""
        after = self.carrier(subject) if self.carrier is not None else None
        if self.hook is None:
            return after
        self.hook(subject, self.before)
        fields = getattr(subject, "__dict__", None)
        if type(fields) is dict:
            refill(fields, fields.copy())
        return None

    def chain_of(self, subject: object) -> Chain | None:
        """Give the chain, if steps over the dict are all that an instance needs."""
        chain = self.carrier
        if self.hook is not None or type(chain) is not Chain:
            return None
        return chain if chain.is_plain(subject) else None

    def entry(self, number: int) -> Entry:
        """Give the plan's line."""
        why = "1 live instance" if number == 1 else f"{number} live instances"
        return Entry("migrated", self.module, self.name, self.file, self.line, why)


@dataclass(slots=True)
class _Several:
    """The carriers of a class and its bases, the bases' first."""

    carriers: list[Carrier]

    def is_needed(self, owner: type) -> bool:
        """Say whether any of them is needed."""
        return any(one.is_needed(owner) for one in self.carriers)

    def __call__(self, subject: Any) -> After | None:  # noqa: ANN401 - as above
        """Carry an instance through all of them."""
        for one in self.carriers:
            one(subject)
        return None


def combined(tasks: list[Task]) -> Task:
    """Give the one task of a class: nearest first in, one hook, all carriers."""
    carriers = [one.carrier for one in reversed(tasks) if one.carrier is not None]
    whole = [one for one in carriers if getattr(one, "is_whole", False)]
    carriers = [one for one in carriers if one not in whole[:-1]]
    hooked = next((one for one in tasks if one.hook is not None), tasks[0])
    if len(carriers) <= 1 and hooked is tasks[0]:
        only = carriers[0] if carriers else None
        return replace(tasks[0], carrier=only)
    carrier: Carrier | None = carriers[0] if carriers else None
    if len(carriers) > 1:
        carrier = _Several(carriers)
    return replace(hooked, owner=tasks[0].owner, carrier=carrier)


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
