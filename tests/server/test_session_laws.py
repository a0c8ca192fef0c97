"""The law of numbered calls: whatever happens, no change is stored twice.

A model of looks, changes, slow calls, refusals of the store, and servers that are
killed, over the rules of ``session_rules`` and the slots of a store.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from twisted.internet.defer import Deferred

from gameserver.interfaces import ANSWERS
from gameserver.model.batch import KeptAnswer, StoredSession
from gameserver.server.session_rules import BEGUN, Answers, Standing
from gameserver.store.memory import MemorySessions

SESSION = StoredSession("s", "ada", b"", 0.0)
NEAR = st.sampled_from([0, 1, ANSWERS - 1, ANSWERS, ANSWERS + 1, 2 * ANSWERS])
NUMBERS = st.builds(lambda low, far: low + far, st.integers(1, 4), NEAR)


class Calls(RuleBasedStateMachine):
    """A client that sends any number at any time, and a server with its store."""

    def __init__(self) -> None:
        super().__init__()
        self.store = MemorySessions()
        self.store.add(SESSION)
        self.answers = Answers()
        self.at_work: set[int] = set()
        self.noted: set[int] = set()
        """Of those at work, which are stored as begun, with a change."""
        self.changed: dict[int, int] = {}
        """How often each number was carried out with a change that is stored."""
        self.heard: dict[int, bytes] = {}

    def keep(self, number: int, body: bytes) -> None:
        self.store.keep([KeptAnswer("s", number, body)])

    def begin(self, number: int) -> bool:
        standing = self.answers.standing(number)
        if standing is Standing.ANSWERED and number in self.heard:
            assert self.answers.body(number) == self.heard[number]
        if standing is not Standing.NEW:
            return False
        self.answers.begin(number)
        return True

    @rule(number=NUMBERS)
    def look(self, number: int) -> None:
        """Make a call that changes nothing; its answer is in memory only."""
        if self.begin(number):
            self.answers.end(number, b"look")

    @rule(number=NUMBERS, is_refused=st.booleans())
    def change(self, number: int, is_refused: bool) -> None:
        """Make a call of one turn; answer and change are stored, or neither is."""
        if not self.begin(number):
            return
        if is_refused:
            self.answers.drop(number)
            return
        self.carried_out(number)
        self.end(number)

    def carried_out(self, number: int) -> None:
        self.changed[number] = self.changed.get(number, 0) + 1

    def end(self, number: int) -> None:
        body = b"changed %d" % number
        self.keep(number, body)
        self.answers.end(number, body)
        self.heard[number] = body

    @rule(number=NUMBERS)
    def slow(self, number: int) -> None:
        """Begin a call of several turns."""
        if self.begin(number):
            self.at_work.add(number)

    @precondition(lambda self: self.at_work - self.noted)
    @rule(data=st.data())
    def first_change(self, data: st.DataObject) -> None:
        """Have a slow call change something: it is stored as begun."""
        number = data.draw(st.sampled_from(sorted(self.at_work - self.noted)))
        self.noted.add(number)
        self.carried_out(number)
        self.keep(number, BEGUN)

    @precondition(lambda self: self.at_work)
    @rule(data=st.data())
    def last_change(self, data: st.DataObject) -> None:
        """End a slow call, with a change of its last turn."""
        number = data.draw(st.sampled_from(sorted(self.at_work)))
        if number not in self.noted:
            self.carried_out(number)
        self.left(number)
        self.end(number)
        assert self.answers.standing(number) in (Standing.ANSWERED, Standing.FORGOTTEN)

    @precondition(lambda self: self.at_work)
    @rule(data=st.data())
    def refused(self, data: st.DataObject) -> None:
        """Refuse to save a slow call; what was stored before stays."""
        number = data.draw(st.sampled_from(sorted(self.at_work)))
        if number in self.noted:
            self.answers.end(number, b"not-saved")
        else:
            self.answers.drop(number)
        self.left(number)

    def left(self, number: int) -> None:
        self.at_work.discard(number)
        self.noted.discard(number)

    @rule()
    def killed(self) -> None:
        """Begin a new server with what was stored, and nothing else."""
        stored: Deferred[list[KeptAnswer]] = self.store.answers("s")
        kept: list[KeptAnswer] = []
        stored.addCallback(kept.extend)
        self.answers = Answers({one.number: one.body for one in kept})
        self.at_work.clear()
        self.noted.clear()

    @invariant()
    def once(self) -> None:
        """No change is stored twice."""
        assert all(times == 1 for times in self.changed.values()), self.changed

    @invariant()
    def known(self) -> None:
        """Nor would it be if its number came again now."""
        for number in self.changed:
            assert self.answers.standing(number) is not Standing.NEW, number


CallsTests = Calls.TestCase
CallsTests.settings = settings(max_examples=300, stateful_step_count=30, deadline=None)
