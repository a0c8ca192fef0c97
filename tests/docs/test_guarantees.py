"""What a release guarantees: figures and words of the page are the program's own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import NotReleased
from gameserver.server.quiesce_rules import ALL, OF_ONE, Policy
from gameserver.services.error_rules import Threshold
from gameserver.services.release_rules import Event, State, to_undo
from gameserver.services.release_standing import WAYS_BACK
from tests.docs.pages import page

PAGE = page("docs/explanation/what-a-release-guarantees.md")
SECTIONS = PAGE.sections()


class GuaranteeTests(SynchronousTestCase):
    def test_steps(self):
        """The steps are those of the state machine, in its order."""
        named = [row[0] for row in SECTIONS["All or nothing"].rows()]
        acts = [one.value for one in (Event.REHEARSE, Event.QUIESCE, Event.COMMIT)]
        ends = [Event.WATCH.value, State.PERMANENT.value]
        self.assertEqual(named, ["plan", *acts, *ends])

    def test_policies(self):
        """All policies are explained."""
        named = [row[0].strip("`") for row in SECTIONS["What the policies cost"].rows()]
        self.assertEqual(named, [one.value for one in Policy])

    def test_undo(self):
        """The page on undo shows refusals as they are said."""
        shown = " ".join(page("docs/how-to/take-it-back.md").text.split())
        for numbers, permanent, wanted in (
            ([3, 4], 0, 3),
            ([], 5, None),
            ([], 0, None),
        ):
            with self.assertRaises(NotReleased) as caught:
                to_undo(numbers, permanent, wanted)
            self.assertIn(caught.exception.text, shown)

    def test_figures(self):
        """The bounds are the program's."""
        self.assertIn(f"At most {ALL} calls wait, {OF_ONE} of one", PAGE.prose)
        self.assertEqual((WAYS_BACK, Threshold().errors), (5, 5))
        self.assertIn("the five newest", PAGE.prose)
