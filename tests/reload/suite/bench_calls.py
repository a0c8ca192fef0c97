"""What calls into reloadable code cost, beside the same calls into a plain module.

The same source is imported by Python alone and from the engine. More plain ones tell
what is CPython's doing and not the engine's:

* ``again``: nothing at all was done; the difference is noise.
* ``patched``: functions had their ``__code__`` set by hand, as in every release.
  CPython 3.13 no longer specialises calls of such a function.
* ``rewritten``: an instance had its ``__dict__`` read and filled anew by hand, as in a
  migration. It is off CPython's fastest path; after a read alone, it is far off.
"""

from __future__ import annotations

import importlib
import statistics
import time
import timeit
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gameserver.reload import Engine, Texts
from tests.reload.suite.bench_process import populate
from tests.reload.suite.bench_subject import reloadable_source, source
from tests.reload.suite.lab import Lab

if TYPE_CHECKING:
    from types import ModuleType

    from tests.reload.suite.bench_process import Measured

VARIANTS = {
    "plain": "plain module",
    "again": "plain module, once more",
    "patched": "plain module, __code__ set",
    "rewritten": "plain module, __dict__ rewritten",
    "served": "served by the engine",
    "released": "after 10 releases",
    "migrated": "after a migration",
    "later": "the same, but an instance made later",
}
PLAIN = ("plain", "again", "patched", "rewritten")
OPERATIONS = {"function": "f(1)", "method": "a.m0(1)", "attribute": "a.hp"}
SETUP = "f = module.f0; a = avatar"  # what the last release changed, if there was one

RELEASES = 10
INSTANCES = 1_000  # to migrate; one of them is then called
TOGETHER = 20  # operations in one turn of the loop, so that the loop costs little
TURNS = 1_000  # of the loop, in one round


def modules(root: str) -> dict[str, tuple[ModuleType, Any]]:
    """Give, for each variant, its module and an instance."""
    lab = Lab(None, root)
    found = {name: lab.load(name, source(0)) for name in PLAIN}
    texts = Texts({"served": source(0), "released": source(0)})
    texts["migrated"] = reloadable_source(0, 1)
    engine = Engine(texts)
    engine.install()
    for name in texts:
        found[name] = importlib.import_module(name)
        assert not Path(found[name].__file__).exists(), "it is served by the engine"
    subjects = {name: (it, it.Avatar(name)) for name, it in found.items()}
    patch(found["patched"])
    rewrite(subjects["rewritten"][1])
    release_often(engine, texts)
    migrate(engine, texts, found["migrated"])
    subjects["later"] = found["migrated"], found["migrated"].Avatar("later")
    return {name: subjects[name] for name in VARIANTS}


def patch(module: ModuleType) -> None:
    """Give what is called the code that it has."""
    for function in (module.f0, module.Avatar.m0):
        function.__code__ = function.__code__


def rewrite(avatar: object) -> None:
    """Give a plain instance the fields that it has."""
    fields = avatar.__dict__
    state = fields.copy()
    fields.clear()
    fields.update(state)


def release_often(engine: Engine, texts: Texts) -> None:
    """Change the code of one module again and again."""
    for version in range(1, RELEASES + 1):
        texts["released"] = source(version)
        engine.release(["released"]).make_permanent()


def migrate(engine: Engine, texts: Texts, module: ModuleType) -> None:
    """Migrate the instances of one module in slices, until none is left."""
    others = populate(module.Avatar, INSTANCES)
    texts["migrated"] = reloadable_source(1, 2)
    release = engine.release(["migrated"], lazily=True)
    assert release.left > INSTANCES, "they and the one to call wait"
    while release.advance(0.002):
        pass
    assert all(one.carried == 2 for one in others)
    release.make_permanent()


class Calls:
    """Every operation on every variant, in turns."""

    def __init__(self, root: str) -> None:
        subjects = modules(root)
        self.results = {name: called(*it) for name, it in subjects.items()}
        self.timers = {
            (name, operation): timeit.Timer(
                "; ".join([text] * TOGETHER),
                SETUP,
                timer=time.process_time,  # what other programs take is not counted
                globals={"module": module, "avatar": avatar},
            )
            for name, (module, avatar) in subjects.items()
            for operation, text in OPERATIONS.items()
        }

    def measure(self, rounds: int) -> Measured:
        """Give nanoseconds per operation and the ratio to the plain module.

        A ratio is the median of each round's own, so a slow moment of the machine,
        which meets all variants of a round, does not count.
        """
        laps = [self.round(number) for number in range(rounds + 1)][1:]  # one to warm
        return {
            "rounds": rounds,
            "results": self.results,
            "ns": {name: self.medians(laps, name, None) for name in VARIANTS},
            "ratio": {name: self.medians(laps, name, "plain") for name in VARIANTS},
        }

    def round(self, number: int) -> dict[tuple[str, str], float]:
        """Time each once, in another order each round; give nanoseconds of CPU."""
        timers = list(self.timers.items())
        first = number * len(OPERATIONS) % len(timers)
        return {
            key: timer.timeit(TURNS) * 1e9 / (TURNS * TOGETHER)
            for key, timer in timers[first:] + timers[:first]
        }

    def medians(
        self, laps: list[dict[tuple[str, str], float]], name: str, to: str | None
    ) -> dict[str, float]:
        """Give each operation's median, perhaps in relation to another variant."""
        return {
            operation: statistics.median(
                lap[name, operation] / (lap[to, operation] if to else 1) for lap in laps
            )
            for operation in OPERATIONS
        }


def called(module: ModuleType, avatar: Any) -> dict[str, Any]:
    """Do each operation once; give what it gives."""
    names = {"f": module.f0, "a": avatar}
    return {
        operation: eval(text, names)  # noqa: S307 - the texts above
        for operation, text in OPERATIONS.items()
    }


def calling(root: str) -> Calls:
    """Set the measurement up, in the process that makes it."""
    return Calls(root)
