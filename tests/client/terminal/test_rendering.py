from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.client import Command, Parameter
from gameserver.client.terminal import rendering
from gameserver.client.terminal.catalogue import Catalogue
from gameserver.client.terminal.completion import candidates, hint
from gameserver.errors import GameError

CATALOGUE = Catalogue(
    (
        Command("go", (Parameter("direction", "str"),), "Walk to the next room."),
        Command("add", (Parameter("n", "int", True),), "Add \x1b[1m numbers."),
    )
)


def text(piece):
    return None if piece is None else piece.text


class ShownTests(SynchronousTestCase):
    def test_answers(self):
        """Text is shown as it is, None not at all, the rest like JSON."""
        self.assertEqual(
            text(rendering.answer("You go.\nIt is dark.")), "You go.\nIt is dark."
        )
        self.assertIsNone(rendering.answer(None))
        self.assertEqual(text(rendering.answer({"oil": 3})), '{"oil": 3}')
        self.assertEqual(text(rendering.answer(False)), "false")

    def test_events(self):
        """A tell is text; other events are name and arguments."""
        self.assertEqual(text(rendering.event("tell", ("a\nb",))), "a\nb")
        self.assertEqual(text(rendering.event("tell", ("a", "b"))), "a\nb")
        self.assertEqual(text(rendering.event("tell", (3,))), "tell: 3")
        self.assertEqual(
            text(rendering.event("greeted_by", ("bob", 2))), "greeted_by: bob, 2"
        )
        self.assertEqual(text(rendering.event("tick", ())), "tick")
        self.assertIsNone(rendering.event("closing", ("kicked", "Bye.")))

    def test_status(self):
        """A status is one line of labels; what is no dict is an event like others."""
        status = ({"room": "Hall\n", "life": 10, "lamp": None},)
        self.assertEqual(
            rendering.status_line(status), "room Hall  | life 10 | lamp null"
        )
        self.assertIsNone(rendering.event("status", status))
        self.assertIsNone(rendering.event("status", ({},)))
        self.assertEqual(text(rendering.event("status", (1,))), "status: 1")
        self.assertLessEqual(len(rendering.status_line(({"a": "x" * 9999},))), 500)

    def test_errors(self):
        """A refusal is its text and code; a line that was not sent only its text."""
        error = GameError("no-exit", "You cannot go that way.")
        self.assertEqual(
            text(rendering.error(error)), "You cannot go that way. [no-exit]"
        )
        self.assertEqual(text(rendering.problem(error)), "You cannot go that way.")
        self.assertEqual(text(rendering.error(GameError("x", ""))), "refused [x]")

    def test_everything_is_cleaned(self):
        """No way of showing lets an escape sequence through."""
        evil = "\x1b]0;title\x07"
        pieces = [
            rendering.answer(evil),
            rendering.answer([evil]),
            rendering.event("tell", (evil,)),
            rendering.event(evil, (evil, {evil: evil})),
            rendering.error(GameError(evil, evil)),
            rendering.problem(GameError(evil, evil)),
            rendering.state("lost", evil),
            rendering.help_for(evil, CATALOGUE),
            rendering.help_for("", Catalogue((Command(evil, (), evil),))),
            rendering.help_for(
                evil, Catalogue((Command(evil, (Parameter(evil, evil),), evil),))
            ),
        ]
        shown = "".join(piece.text for piece in pieces)
        self.assertFalse(set(shown) & set("\x1b\x07\x9b"))
        self.assertNotIn("\x1b", rendering.status_line(({evil: evil},)))

    def test_states(self):
        """Loss, waiting and return are told; the rest needs no words."""
        self.assertEqual(
            text(rendering.state("lost", "the server closed the connection.")),
            "* Connection lost: the server closed the connection.",
        )
        self.assertEqual(
            text(rendering.state("reconnecting", 1.26)), "* Trying again in 1.3 s."
        )
        again = "* Connected again."
        self.assertEqual(text(rendering.state("resumed", True)), again)
        self.assertEqual(text(rendering.state("resumed", False)), again)
        gap = text(rendering.event("gameserver.dropped", (0,)))
        self.assertIn("what happened meanwhile, if anything did, is not shown", gap)
        gap = text(rendering.event("gameserver.dropped", (7,)))
        self.assertIn("7 lines of what happened meanwhile", gap)
        self.assertIsNone(rendering.state("connected"))
        self.assertIsNone(rendering.state("closed", "kicked", "Bye."))


class HelpTests(SynchronousTestCase):
    def test_list(self):
        """``help`` lists usages and summaries, the terminal's own commands last."""
        self.assertEqual(
            text(rendering.help_for("", CATALOGUE)),
            "  go <direction>         Walk to the next room.\n"
            "  add [n: whole number]  Add \ufffd[1m numbers.\n"
            "  help [command]         List the commands, or explain one.\n"
            "  quit                   Leave.",
        )

    def test_one(self):
        """``help`` of a command shows usage and summary, and what they leave open."""
        self.assertEqual(
            text(rendering.help_for("go", CATALOGUE)),
            "usage: go <direction>\nWalk to the next room.",
        )
        self.assertIn(
            "\n  n: whole number, may be left out",
            text(rendering.help_for("add", CATALOGUE)),
        )
        self.assertIn("usage: quit", text(rendering.help_for("quit", CATALOGUE)))

    def test_unknown(self):
        """``help`` of an unknown command suggests the nearest."""
        self.assertEqual(
            text(rendering.help_for("god", CATALOGUE)),
            'There is no command "god". Did you mean "go"?',
        )

    def test_a_game_with_words_of_ours(self):
        """A game's own help or quit wins; with a slash it is the terminal's."""
        theirs = Catalogue((Command("quit", (), "Give up the round."),))
        self.assertIsNone(theirs.find_own("quit"))
        self.assertEqual(theirs.find_own("/quit").summary, "Leave.")
        self.assertEqual([one.name for one in theirs.all], ["quit", "help"])


class CompletionTests(SynchronousTestCase):
    def shown(self, typed):
        return [one.text for one in candidates(typed, CATALOGUE)]

    def test_commands(self):
        """The first word completes to commands, with usage and summary beside it."""
        self.assertEqual(self.shown(""), ["go", "add", "help", "quit"])
        (one,) = candidates("  G", CATALOGUE)
        self.assertEqual(
            (one.text, one.replaces, one.shown, one.meta),
            ("go", 1, "go <direction>", "Walk to the next room."),
        )

    def test_topics(self):
        """The topic of help completes too; arguments of the game do not."""
        self.assertEqual(self.shown("help a"), ["add"])
        self.assertEqual(self.shown("help add "), [])
        self.assertEqual(self.shown("go a"), [])

    def test_hint(self):
        """While arguments are typed the usage is shown."""
        self.assertEqual(hint("go nor", CATALOGUE), "go <direction>")
        self.assertEqual(hint("go", CATALOGUE), "")
        self.assertEqual(hint("xyzzy ", CATALOGUE), "")
