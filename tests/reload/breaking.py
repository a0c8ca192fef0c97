"""Ways for a release to fail: what is added to a module's text to break it."""

from __future__ import annotations

PREPARED = """
class Hooked:
    def __init__(self): self.mine = [1]
class Slim:
    __slots__ = ('one',)
kept = [Hooked(), Hooked()]
kept[1].mine.append('last')
slim = Slim()
"""
"""What a module needs for some of the failures; it stands in the old text too."""

HOOK = """
def module_reloaded(old, new):
    new.kept.append(2)
    new.fresh = []
    new.Hooked.size = 2
    raise ValueError('in a hook')
"""

CARRY = """
    version = 2
    def reloaded(self, old):
        self.mine.append(2)
        self.other = 1
        if self is kept[1]: raise ValueError('in an instance')
"""

MIGRATION = """
from gameserver import migration
@migration(Hooked, to=2)
def grow(state):
    if 'last' in state['mine']: raise ValueError('in a migration')
    return {**state, 'other': 1}
"""

AT_END = {
    "syntax": "def (:\n",
    "indent": "  x = 1\n",
    "body": "kept = None\nraise RuntimeError('in a body')\n",
    "exit": "raise SystemExit(1)\n",
    "class body": "class Broken:\n    1 / 0\n",
    "import": "import law_no_such_module\n",
    "hook": HOOK,
    "forbidden": "__reloadable__ = False\n",
}

FAILURES = (*AT_END, "encoding", "bytes", "empty", "slots", "instance", "migration")
FOR_NEW = ("syntax", "body", "exit", "class body", "encoding", "bytes")
"""Those that also stop a module that is new."""


def broken(text: str, failure: str) -> str | bytes:  # noqa: PLR0911 - a table
    """Give a text, which has ``PREPARED`` in it, with a failure built in."""
    match failure:
        case "encoding":
            return b"# coding: nonsense\n" + text.encode()
        case "bytes":
            return text.encode() + b"name = '\xff'\n"
        case "empty":
            return "\n"
        case "slots":
            return text.replace("('one',)", "('one', 'two')")
        case "instance":
            return text.replace("class Hooked:", f"class Hooked:{CARRY}")
        case "migration":
            old = "class Hooked:"
            return text.replace(old, f"{old}\n    version = 2") + MIGRATION
    return text + AT_END[failure]
