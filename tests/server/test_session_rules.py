"""The rules of numbers and events, for every order in which they can come."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from gameserver.interfaces import ANSWERS
from gameserver.server.session_rules import (
    AT_WORK,
    BEGUN,
    Answers,
    Standing,
)


class AnswersTests(SynchronousTestCase):
    """Single rules."""

    def test_table(self) -> None:
        """A number is new, at work, answered, and at last forgotten."""
        answers = Answers()
        self.assertIs(answers.standing(1), Standing.NEW)
        answers.begin(1)
        self.assertIs(answers.standing(1), Standing.AT_WORK)
        answers.end(1, b"one")
        self.assertIs(answers.standing(1), Standing.ANSWERED)
        self.assertEqual(answers.body(1), b"one")
        answers.begin(1 + ANSWERS)
        self.assertIs(answers.standing(1), Standing.FORGOTTEN)

    def test_stored(self) -> None:
        """What the store has is known again; what only began is interrupted."""
        answers = Answers({3: b"three", 5: BEGUN})
        self.assertIs(answers.standing(3), Standing.ANSWERED)
        self.assertIs(answers.standing(4), Standing.NEW)
        self.assertIs(answers.standing(5), Standing.INTERRUPTED)

    def test_damaged(self) -> None:
        """Of an answer whose number is not known, the first of its slot is meant."""
        answers = Answers({3 - ANSWERS: BEGUN, 4: b"four"})
        self.assertIs(answers.standing(4), Standing.ANSWERED)
        self.assertIs(answers.standing(5), Standing.NEW)
        self.assertIs(answers.standing(3), Standing.INTERRUPTED)
        answers.interrupt(3)
        self.assertIs(answers.standing(3), Standing.INTERRUPTED)
        self.assertIs(answers.standing(3 + ANSWERS), Standing.NEW)

    def test_dropped(self) -> None:
        """What left nothing is new again."""
        answers = Answers()
        answers.begin(1)
        answers.drop(1)
        self.assertIs(answers.standing(1), Standing.NEW)

    def test_overtaken(self) -> None:
        """Others pass a call that takes long; then only those who wait hear of it."""
        answers = Answers()
        answers.begin(1)
        self.assertIs(answers.standing(1 + ANSWERS), Standing.NEW)
        answers.begin(1 + ANSWERS)
        answers.end(1 + ANSWERS, b"x")
        self.assertIs(answers.standing(1), Standing.AT_WORK)
        answers.end(1, b"y")
        self.assertIs(answers.standing(1), Standing.FORGOTTEN)
        self.assertEqual(answers.body(1 + ANSWERS), b"x")

    def test_busy(self) -> None:
        """So many may be at work; those at work are never busy themselves."""
        answers = Answers()
        for number in range(1, AT_WORK + 1):
            answers.begin(number)
        self.assertIs(answers.standing(AT_WORK + 1), Standing.BUSY)
        self.assertIs(answers.standing(1), Standing.AT_WORK)


class AnswersMachine(RuleBasedStateMachine):
    """Numbers that come in any order, and a server that is killed in between."""

    def __init__(self) -> None:
        super().__init__()
        self.answers = Answers()
        self.applied: dict[int, int] = {}
        self.given: dict[int, bytes] = {}
        self.at_work: set[int] = set()

    @rule(number=st.integers(1, 3 * ANSWERS))
    def arrive(self, number: int) -> None:
        """Carry out what is new, and only that."""
        standing = self.answers.standing(number)
        if standing is Standing.NEW:
            assert len(self.at_work) < AT_WORK
            self.answers.begin(number)
            self.applied[number] = self.applied.get(number, 0) + 1
            self.at_work.add(number)
        elif standing is Standing.ANSWERED:
            assert self.answers.body(number) == self.given[number]
        assert (standing is Standing.AT_WORK) == (
            number in self.at_work and standing is not Standing.NEW
        )

    @rule(choice=st.randoms(use_true_random=False))
    def end(self, choice: object) -> None:
        """Answer one."""
        if self.at_work:
            number = sorted(self.at_work)[choice.randrange(len(self.at_work))]  # type: ignore[attr-defined]  # a Random
            self.at_work.discard(number)
            self.given[number] = b"answer %d" % number
            self.answers.end(number, self.given[number])

    @invariant()
    def once(self) -> None:
        """No number is ever carried out twice."""
        assert all(times == 1 for times in self.applied.values())


AnswersMachineTests = AnswersMachine.TestCase
