"""The module that the reload benchmark measures: 31 methods, 20 functions.

Version 0 is what is imported. A later one changes 5 methods and 3 functions; its shape
is the same, so that a figure does not depend on which version it is of.
"""

from __future__ import annotations

METHODS, FUNCTIONS = 30, 20  # and __init__
CHANGED_METHODS, CHANGED_FUNCTIONS = 5, 3

HEAD = """\
K = {number}
class Avatar{bases}:
    RANK = {number}
    def __init__(self, n):
        self.name = n; self.hp = 10; self.pos = (0, 0); self.bag = []
        self.room = None; self.mana = 1.5
"""

IMPORTS = """\
from gameserver.reload import Reloadable
from gameserver.reload.migration import migration
"""

STEP = """\
@migration(Avatar, to={version})
def step(state):
    state["carried"] = {version}
    return state
"""


def source(version: int, number: int = 0, body: str = "", bases: str = "") -> str:
    """Give the module's text.

    ``number``: its constants. ``body``: more of the class's body. ``bases``: of the
    class, in their parentheses.
    """
    methods = (
        f"    def m{place}(self, x=1):\n"
        f"        return ({version if place < CHANGED_METHODS else 0},"
        f" self.hp + x, {place})\n"
        for place in range(METHODS)
    )
    functions = (
        f"def f{place}(a, b=2):\n"
        f"    return {version if place < CHANGED_FUNCTIONS else 0} + a * b\n"
        for place in range(FUNCTIONS)
    )
    head = HEAD.format(number=number, bases=bases)
    return head + body + "".join(methods) + "".join(functions)


def reloadable_source(code: int, version: int) -> str:
    """Give the module with a registered class, and the step that makes ``version``.

    ``code``: the version of methods and functions. The class's first version is 1.
    """
    body = f"    version = {version}\n"
    step = STEP.format(version=version) if version > 1 else ""
    return IMPORTS + source(code, body=body, bases="(Reloadable)") + step
