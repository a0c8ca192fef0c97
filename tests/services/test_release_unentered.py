"""A new service that does not start while the game goes on: nothing of that is lost."""

from __future__ import annotations

from gameserver.model.release_row import Outcome
from tests.services.release_case import CLOCK, MOOD, PLAYER, ReleaseCase

RESTING = """
        def attached(self, client: object) -> None:
            self.every(1.0, "rest")

        def rest(self) -> None:
            self.{field} += 10
"""
LATE = CLOCK.replace(
    'self.log.append("started")',
    "from twisted.internet import defer\n            return defer.Deferred()",
)


def with_rest(text: str, field: str) -> str:
    """Give a player's text with a tick that earns."""
    mark = "        def perspective_earn"
    return text.replace(mark, RESTING.format(field=field)[1:] + "\n" + mark)


OLD, NEW = with_rest(PLAYER, "coins"), with_rest(MOOD, "gold")
BACK = NEW.replace("to=2)", "to=2, undo=back)").replace(
    "@migration",
    "def back(state: State) -> State:\n"
    '        return {"coins": state["gold"] // 100}\n\n'
    "    @migration",
)


class UnenteredTests(ReleaseCase):
    """The player is migrated, earns by a tick, and then the service gives up."""

    texts = {"player": OLD, "other": "LIMIT = 1\n"}

    def released(self, player: str) -> None:
        """Release, and let the new service's limit pass."""
        self.plugins.put(player=player, other=LATE)
        self.begun = self.begin(self.service.release("eve", "here"))
        for _ in range(11):
            self.world.advance(1.0)
            self.turns()

    def test_stays(self) -> None:
        """Without a way back it stays in force, and says what is wrong and why."""
        self.released(NEW)
        row = self.successResultOf(self.begun)
        self.assertEqual((row.number, self.service.current), (1, 1))
        self.assertIn("started() did not end in 10 s; it stays in force", row.reason)
        self.assertIn("1 migrated instance has changed", row.reason)
        self.assertEqual(self.stored(1).reason, row.reason)
        self.assertEqual(self.ada.call("earn"), 100 + 110 + 1)
        self.assertEqual(list(self.world.game.troupe), [])
        self.release(other=CLOCK)
        self.assertEqual(self.world.service("clock").log, ["started"])

    def test_way_back(self) -> None:
        """With one it is taken back, and what was earned goes the way back, too."""
        self.released(BACK)
        self.failureResultOf(self.begun)
        self.assertIs(self.stored(1).outcome, Outcome.UNDONE)
        self.assertEqual(self.ada.call("earn"), (100 + 100) // 100 + 10 + 1)
        self.assertEqual(self.service.current, 0)
