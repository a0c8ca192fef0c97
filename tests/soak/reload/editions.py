"""The texts that a reload soak releases: good ones, and one for each way to fail.

A good text changes what methods do, every third also the drum, which gets a successor,
and every fifth the runners' version, with a migration. What fails does so at one step:

=========  =============================================================
syntax     the text does not compile
body       the module's body raises
check      the plugin's own check fails in the rehearsal
migration  the migration of one runner raises, in the rehearsal
hook       ``module_reloaded`` raises, in the commit itself
adopt      the drum's successor raises, after the commit
start      a new service does not start, after the commit
late       the migration of one runner raises, on its first touch or later
=========  =============================================================

The last four do no harm in the rehearsal, which is another process.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RELAY = Path(__file__).parent.parent / "plugins" / "relay.py"
FAILING = ("syntax", "body", "check", "migration", "hook", "adopt", "start", "late")
PERIOD = 0.5  # seconds, of each timer in the text
_MIGRATES = ("migration", "late")
_KEPT = 12  # migrations that a text has: nobody lags behind by more versions

_PLAIN = "from gameserver import Avatar, Client, Service\n"
_IMPORTS = (
    "import os\n\nfrom gameserver import Avatar, Client, Service, State, migration\n"
)
_MIGRATION = """

@migration(Runner, to={to})
def _to_{to}(state: State) -> State:
    if {bad}:
        raise RuntimeError("the migration of " + state["label"])
    return {{**state, "mark": {to}}}
"""
_TAILS = {
    "syntax": "\n\ndef broken(:\n",
    "body": """

raise RuntimeError("the body")
""",
    "check": """

def check_nothing() -> bool:
    return False
""",
    "hook": """

def module_reloaded(old: object, new: object) -> None:
    if {here}:
        raise RuntimeError("the hook")
""",
    "start": """

class Extra(Service):
    def started(self) -> None:
        raise RuntimeError("the start")
""",
    "adopt": """
    def adopt(self, predecessor: object) -> None:
        if {here}:
            raise RuntimeError("adopt")
""",
}


@dataclass(frozen=True, slots=True)
class Edition:
    """One text: its number, the version of runners, and where it fails, if at all.

    ``drum``: the edition in which the drum was changed last.
    """

    number: int = 0
    version: int = 1
    drum: int = 0
    fails: str = ""

    def next(self, number: int, fails: str = "") -> Edition:
        """Give the one of the release with this number."""
        moves = fails in _MIGRATES or (not fails and number % 5 == 0)
        drums = fails == "adopt" or (not fails and number % 3 == 0)
        return Edition(
            number,
            self.version + moves,
            number if drums else self.drum,
            fails,
        )

    def text(self, victim: str, server: int) -> str:
        """Give the plugin's text; ``victim``: whose migration fails, by name.

        ``server``: the process in which the later steps fail, and no other.
        """
        here = f"os.getpid() == {server}"
        text = RELAY.read_text().replace("EDITION = 0", f"EDITION = {self.number}")
        text = text.replace("edition 0", f"edition {self.drum}")
        text = text.replace("version = 1", f"version = {self.version}")
        text = text.replace(_PLAIN, _IMPORTS)
        # ``adopt`` is a method: the drum is the last class of the text.
        tail = _TAILS.get(self.fails, "").format(here=here)
        steps = range(max(2, self.version - _KEPT), self.version + 1)
        return text + tail + "".join(self._step(to, victim, here) for to in steps)

    def _step(self, to: int, victim: str, here: str) -> str:
        is_bad = to == self.version and self.fails in _MIGRATES
        bad = f'state["label"] == {victim!r}' if is_bad else "False"
        bad += f" and {here}" if self.fails == "late" else ""
        return _MIGRATION.format(to=to, bad=bad)
