"""How long a reload takes, with N live instances: each tool, each kind of change.

``code`` changes 5 methods and 3 functions; ``data`` a constant of the module and one of
the class besides; ``hook`` brings, besides, a hook that is called on every instance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.reload.suite import tools
from tests.reload.suite.bench_process import Ticker, clock_ms, populate
from tests.reload.suite.bench_subject import source
from tests.reload.suite.lab import Lab

if TYPE_CHECKING:
    from tests.reload.suite.adapters import Base
    from tests.reload.suite.bench_process import Measured

KINDS = {
    "code": "5 of 31 methods and 3 of 20 functions changed",
    "data": "the same, and a constant of the module and one of the class",
    "hook": "the same as code, and a hook for each instance",
}


class Reloading:
    """One tool, one kind of change, one number of instances."""

    def __init__(self, tool: Base, kind: str, size: int, root: str) -> None:
        self.tool, self.kind = tool, kind
        self.lab = Lab(tool, root)
        tool.setup(self.lab)
        self.module = self.lab.load("m", self.text(0))
        tool.before(self.lab, ["m"])
        self.live = populate(self.module.Avatar, size)
        self.function = self.module.f0  # held, as a callback is
        self.reached = {"instances": True, "functions": True}

    def text(self, version: int) -> str:
        """Give a version of the module, with its hook if there is one."""
        hook = ""
        if self.kind == "hook":
            hook = self.lab.instance_hook(f"self.seen = {version}")
        return source(version, version if self.kind == "data" else 0, hook)

    def measure(self, rounds: int) -> Measured:
        """Reload some times; give what each reload took, and whom it reached."""
        laps = [self.round(version) for version in range(1, rounds + 1)]
        figures = {name: [lap[name] for lap in laps] for name in laps[0]}
        return {"figures": figures, "reached": self.reached}

    def round(self, version: int) -> dict[str, float]:
        """Write a version and reload it; give milliseconds by name."""
        self.tool.before(self.lab, ["m"])
        self.lab.put("m", self.text(version))
        with Ticker(daemon=True) as ticker:
            begun = clock_ms()
            parts = self.reload()
            wall = clock_ms() - begun
        self.reached["functions"] &= self.function(1) == version + 2
        self.reached["instances"] &= all(self.is_at(version, one) for one in self.live)
        return {"wall_ms": wall, "gap_ms": ticker.worst * 1e3, **parts}

    def reload(self) -> dict[str, float]:
        """Reload as a caller of the tool does; give the parts it is measured in."""
        self.tool.reload(self.lab, ["m"])
        return {}

    def is_at(self, version: int, avatar) -> bool:
        """Say whether one instance runs this version, and its hook was called."""
        is_hooked = self.kind != "hook" or avatar.__dict__.get("seen") == version
        return is_hooked and avatar.m0()[0] == version


class EngineReloading(Reloading):
    """The project's engine: the same steps as its adapter takes, timed one by one."""

    def reload(self) -> dict[str, float]:
        """Plan, commit, and give up the way back."""
        engine = self.tool.engine
        begun = clock_ms()
        plan = engine.plan(["m"])
        planned = clock_ms()
        release = engine.commit(plan)
        committed = clock_ms()
        release.make_permanent()
        return {
            "plan_ms": planned - begun,
            "commit_ms": committed - planned,
            "writes_ms": release.pause * 1e3,
        }


def reloading(name: str, kind: str, size: int, root: str) -> Reloading:
    """Set a measurement up, in the process that makes it."""
    tool = tools.find(name)
    kind_of = EngineReloading if name == tools.OWN else Reloading
    return kind_of(tool(), kind, size, root)
