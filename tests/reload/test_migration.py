"""Steps from one version of stored state to the next."""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import PluginError
from gameserver.reload.migration import migrate, migration, own_steps
from tests.model.laws import json_values, law, texts
from tests.reload.game import Game

states = st.dictionaries(texts, json_values, max_size=3)


def versioned(version: int) -> type:
    return type("Person", (), {"version": version})


def noted(owner: type, *targets: int) -> None:
    """Register steps that write down which of them ran."""
    for target in targets:

        @migration(owner, to=target)
        def note(state, target=target):
            return {**state, "ran": [*state.get("ran", []), target]}


class RegistrationTests(SynchronousTestCase):
    """Which steps a class has."""

    def test_gives_the_step_back(self):
        """The decorated function stays what it was."""
        owner = versioned(2)

        def step(state):
            return state

        self.assertIs(migration(owner, to=2)(step), step)
        self.assertEqual(own_steps(owner), {2: step})

    def test_steps_belong_to_one_class(self):
        """A subclass does not inherit its base's steps."""
        base = versioned(2)
        noted(base, 2)
        child = type("Child", (base,), {})
        self.assertEqual(own_steps(child), {})
        self.assertEqual(list(own_steps(base)), [2])

    def test_version_out_of_range(self):
        """A step to a version that the class does not have is refused."""
        for target in (-1, 0, 1, 4):
            error = self.assertRaises(PluginError, noted, versioned(3), target)
            expected = f"to={target}: expected 2 to Person.version, which is 3"
            self.assertEqual(error.text, expected)
            self.assertIn("test_migration.py:", error.place)

    def test_class_without_version(self):
        """A class without a version is at its first, and has no steps."""
        error = self.assertRaises(PluginError, noted, type("Bare", (), {}), 2)
        self.assertIn("which is 1", error.text)

    def test_two_steps_to_one_version(self):
        """A second step to the same version is refused."""
        owner = versioned(2)
        migration(owner, to=2)(lambda state: state)
        error = self.assertRaises(PluginError, noted, owner, 2)
        self.assertEqual(error.text, "Person has a migration to 2 already")

    def test_the_same_step_again(self):
        """The step of the same line replaces itself, as when a module runs again."""
        owner = versioned(2)
        noted(owner, 2)
        noted(owner, 2)
        self.assertEqual(migrate(owner, {}, 1), {"ran": [2]})


class AwaitedTests(SynchronousTestCase):
    """A step is run, not awaited."""

    def check(self, error: PluginError, kind: str) -> None:
        self.assertIn(f"is {kind}, and nobody awaits it", error.text)
        self.assertIn("test_migration.py:", error.place)

    def test_step(self):
        """A step that is an async def, or that yields, is not registered."""

        async def wait(state):
            return state

        def give(state):
            yield state

        for step, kind in ((wait, "an async def"), (give, "a generator")):
            owner = versioned(2)
            register = migration(owner, to=2)
            self.check(self.assertRaises(PluginError, register, step), kind)
            self.assertEqual(own_steps(owner), {})

    def test_undo(self):
        """Nor is one with such an inverse."""

        async def back(state):
            return state

        call = partial(migration, versioned(2), to=2, undo=partial(back))
        self.check(self.assertRaises(PluginError, call), "an async def")

    def test_planned(self):
        """A plan with such a step is refused, at the step's line."""
        game = Game(self, m="class P: pass\n")
        game.put(
            m="""\
            from gameserver import migration
            class P:
                version = 2
            @migration(P, to=2)
            async def wait(state):
                return state
            """
        )
        self.assertIn(f"{game.file('m')}:4: P: migra", game.engine.plan().refused[0])


class MigrateTests(SynchronousTestCase):
    """Stored state becomes the class's version."""

    @law(st.data(), st.integers(1, 8), states)
    def test_each_step_once_and_in_order(self, data, version, state):
        """From any version, each later step runs once, in order of version."""
        state.pop("ran", None)
        owner = versioned(8)
        targets = data.draw(st.sets(st.integers(2, 8)))
        noted(owner, *data.draw(st.permutations(sorted(targets))))
        due = sorted(one for one in targets if one > version)
        expected = {**state, "ran": due} if due else state
        self.assertEqual(migrate(owner, state, version), expected)

    @law(st.integers(1, 4), st.integers(2, 5), states)
    def test_migrating_in_two_goes(self, version, middle, state):
        """Stopping at a version in between, and going on later, changes nothing."""
        whole, first = versioned(5), versioned(max(version, middle))
        noted(whole, 2, 3, 4, 5)
        noted(first, *range(2, first.version + 1))
        halfway = migrate(first, state, version)
        again = migrate(whole, halfway, first.version)
        self.assertEqual(again, migrate(whole, state, version))

    def test_current_version(self):
        """State of the class's version is given back as it is."""
        state = {"a": [1]}
        self.assertIs(migrate(versioned(3), state, 3), state)

    def test_newer_state(self):
        """State newer than the class is refused, and not changed."""
        owner, state = versioned(2), {"a": 1}
        error = self.assertRaises(PluginError, migrate, owner, state, 3)
        expected = "stored state has version 3, newer than the class's 2"
        self.assertIn(expected, error.text)
        self.assertEqual(state, {"a": 1})


class FailureTests(SynchronousTestCase):
    """A step that fails changes nothing."""

    def failing(self, act: Any) -> Any:
        """Give a class whose first step does well and whose second does ``act``."""
        owner = versioned(3)

        @migration(owner, to=2)
        def spoil_and_go_on(state):
            state.setdefault("list", []).append("two")
            return state

        migration(owner, to=3)(act)
        return owner

    def refusal(self, act: Any, state: dict[str, Any]) -> PluginError:
        return self.assertRaises(PluginError, migrate, self.failing(act), state, 1)

    def test_given_state_is_untouched(self):
        """A failing migration leaves the state given as it was, all the way down."""

        def spoil(state):
            state["list"].append("three")
            state["deep"]["dict"].clear()
            raise ValueError("no")

        state = {"list": [1], "deep": {"dict": {"a": 1}}}
        self.refusal(spoil, state)
        self.assertEqual(state, {"list": [1], "deep": {"dict": {"a": 1}}})

    def test_names_class_step_and_error(self):
        """The message names the class, the step and what it raised."""

        def spoil(state):
            return state["nothing"]

        error = self.refusal(spoil, {})
        self.assertEqual(
            error.text, "Person: migration to 3 failed: KeyError: 'nothing'"
        )
        self.assertRegex(error.place, r"test_migration\.py:\d+$")
        self.assertIsInstance(error.__cause__, KeyError)

    def test_gives_no_dict(self):
        """A step that forgets to return is refused."""
        error = self.refusal(lambda _: None, {})
        expected = "Person: migration to 3 gave None, expected a dict"
        self.assertEqual(error.text, expected)
