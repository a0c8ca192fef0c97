"""The fuzzer: passes for a game that bears releases, and finds those that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.testing import VERSIONS, Version, fuzz_releases
from gameserver.testing.versions import COMMENT, NEW_NAME, RAISING, RAISING_HOOK, UNDONE
from tests.testing.games import GAME, NAME, SCRIPT, game, world_of

if TYPE_CHECKING:
    from gameserver.testing import Window, World

STEPS = st.one_of(
    st.tuples(
        st.sampled_from(["ada", "bob"]), st.sampled_from(["wave", "seen", "nothing"])
    ),
    st.sampled_from([0.25, 0.5, 1.0]),
)


def fuzzed(text: str, *versions: Version, **options: Any) -> int:
    """Fuzz a game of one text with the usual script."""
    return fuzz_releases(lambda: world_of(text), SCRIPT, versions, **options)


def bob_leaves(world: World, players: dict[str, Window]) -> None:
    """Close bob's window."""
    players["bob"].close()


class BearsTests(SynchronousTestCase):
    """A game that bears releases."""

    def test_each(self) -> None:
        """Every version at every place, and two plays without any."""
        self.assertEqual(fuzzed(GAME, *VERSIONS), 2 + len(SCRIPT) * len(VERSIONS))

    def test_all(self) -> None:
        """A release before every step; each version comes before each step."""
        self.assertEqual(fuzzed(GAME, *VERSIONS, at="all"), 2 + len(VERSIONS))

    def test_random(self) -> None:
        """So many plays."""
        self.assertEqual(fuzzed(GAME, *VERSIONS, at="random", runs=5), 7)

    @settings(max_examples=10)
    @given(st.lists(STEPS, min_size=1, max_size=8), st.integers(0, 99))
    def test_generated(self, script: list[Any], seed: int) -> None:
        """Scripts may be generated."""
        world = lambda: world_of(GAME)  # noqa: E731 - short
        fuzz_releases(world, script, at="random", runs=1, seed=seed)

    def test_own_version(self) -> None:
        """An author's text that does the same may be released over and over."""
        text = game(was="PRICE * waves", new="waves * PRICE")
        fuzzed(GAME, Version.of_texts("the other way round", {NAME: text}), at="all")

    def test_steps(self) -> None:
        """A player comes and goes."""
        script = [("bob",), ("ada", "wave"), bob_leaves, 0.5, ("bob", "wave")]
        fuzz_releases(lambda: world_of(GAME), script, [NEW_NAME, UNDONE])


class FindsTests(SynchronousTestCase):
    """Games that do not."""

    def found(self, text: str, *versions: Version, **options: Any) -> str:
        """Give the message with which a game fails."""
        return str(
            self.assertRaises(AssertionError, fuzzed, text, *versions, **options)
        )

    def test_forgotten(self) -> None:
        """A hook that empties a table: an answer is another."""
        text = game("def module_reloaded(old, new): new.seen.clear()\n")
        said = self.found(text, NEW_NAME)
        self.assertIn("step 7: ada seen: the answers to ada", said)
        self.assertIn("without releases: (('call 5', 2),)", said)
        self.assertIn("with the release: (('call 5', 1),)", said)

    def test_message(self) -> None:
        """The message has the script, the release before its step, and the step."""
        text = game("def module_reloaded(old, new): new.seen.clear()\n")
        lines = self.found(text, NEW_NAME).splitlines()
        place = lines.index("  >> release: a new name in every module")
        self.assertEqual(lines[place + 1], "     step 2: wait 0.5 s")
        self.assertIn("  !! step 7: ada seen", lines)
        self.assertEqual(lines[1], "     step 1: ada wave")

    def test_shrunk(self) -> None:
        """Of many releases the message shows one that is enough."""
        text = game("def module_reloaded(old, new): new.seen.clear()\n")
        said = self.found(text, COMMENT, NEW_NAME, at="all")
        self.assertEqual(said.count(">> release"), 1)
        self.assertIn(">> release: a new name", said)

    def test_kept_outside(self) -> None:
        """State in the process's environment, which each run of the text resets."""
        text = game(
            'import os\nos.environ["WAVES"] = "0"\n',
            was="self.waves += 1",
            new='import os; n = int(os.environ["WAVES"]) + 1;'
            ' os.environ["WAVES"] = str(n); self.waves = n',
        )
        self.assertIn("the answers to ", self.found(text, NEW_NAME))
        self.assertIn("the answers to ", self.found(text, RAISING))

    def test_comments_are_not_enough(self) -> None:
        """A release of comments runs no text, so it cannot find that."""
        fuzzed(game("def module_reloaded(old, new): new.seen.clear()\n"), COMMENT)

    def test_out_of_phase(self) -> None:
        """A hook that starts a timer anew."""
        hook = '    def reloaded(self, old): self.every(1.0, "ring")\n\n    def ring'
        text = game(was="    def ring", new=hook)
        said = self.found(text, NEW_NAME)
        self.assertIn("what ada heard", said)

    def test_lost_call(self) -> None:
        """A call whose Deferred a release drops is never answered."""
        text = game("def module_reloaded(old, new): new.naps.clear()\n").replace(
            "naps.pop(0).callback(None)", "[one.callback(None) for one in naps]"
        )
        said = self.found(text, NEW_NAME)
        self.assertIn("the answers to ada", said)
        self.assertIn("with the release: 'nothing'", said)

    def test_noticed(self) -> None:
        """Players that are told of a release."""
        hook = "    def reloaded(self, old): self.clients.notify('reloaded')\n"
        text = game(was="    waves: int = 0\n", new=f"    waves: int = 0\n{hook}")
        self.assertIn("('reloaded',)", self.found(text, NEW_NAME))

    def test_stored(self) -> None:
        """State that nobody sees yet, but the store does."""
        hook = "    def reloaded(self, old): self.waves = 0\n"
        text = game(was="    waves: int = 0\n", new=f"    waves: int = 0\n{hook}")
        said = self.found(text, NEW_NAME)
        self.assertIn("what was stored", said)

    def test_undone_too_late(self) -> None:
        """An undo that does not bring everything back: a timer stays replaced."""
        hook = '    def reloaded(self, old): self.later(9.0, "ring")\n\n    def ring'
        text = game(was="    def ring", new=hook)
        said = self.found(text, UNDONE)
        self.assertIn("when timers are due", said)

    def test_must_be_refused(self) -> None:
        """A release that should fail and does not is found."""
        said = self.found(GAME, Version("no typo", COMMENT.change, RAISING.fate))
        self.assertIn("the release itself", said)
        self.assertIn("with the release: 'carried out'", said)

    def test_must_be_carried_out(self) -> None:
        """So is one that should stay and is refused, with file and line."""
        said = self.found(GAME, Version("a typo", RAISING_HOOK.change))
        self.assertIn("release 1 fails in its hook", said)

    def test_other_behaviour(self) -> None:
        """A version that plays otherwise is not the same game."""
        text = game(was="PRICE = 2", new="PRICE = 3")
        said = self.found(GAME, Version.of_texts("dearer", {NAME: text}))
        self.assertIn(">> release: dearer", said)


class ScriptTests(SynchronousTestCase):
    """Scripts that cannot show anything are their author's mistake."""

    def test_unanswered(self) -> None:
        """A call without an answer, even without releases."""
        script = [("ada", "nap")]
        error = self.assertRaises(
            ValueError, fuzz_releases, lambda: world_of(GAME), script
        )
        self.assertIn("never answered: ada nap", str(error))

    def test_raises(self) -> None:
        """A step that raises, such as an assertion of the script's."""

        def claims(world: World, players: dict[str, Window]) -> None:
            raise AssertionError("no")

        error = self.assertRaises(
            ValueError, fuzz_releases, lambda: world_of(GAME), [claims]
        )
        self.assertIn("step 1: claims raises without any release", str(error))

    def test_unlike_itself(self) -> None:
        """A game whose dice are not seeded."""
        text = game(was="return price", new="import random; return random.random() or")
        error = self.assertRaises(ValueError, fuzzed, text)
        self.assertIn("seed the dice", str(error))

    def test_at(self) -> None:
        """Another word for ``at``."""
        self.assertRaises(ValueError, fuzzed, GAME, at="some")

    def test_state(self) -> None:
        """What counts as state can be given."""
        hook = "    def reloaded(self, old): self.waves = 0\n"
        text = game(was="    waves: int = 0\n", new=f"    waves: int = 0\n{hook}")
        fuzz_releases(
            lambda: world_of(text),
            [("ada", "wave"), 0.5],
            [NEW_NAME],
            state=lambda _: None,
        )
