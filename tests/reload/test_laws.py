"""The laws of a release, tried with games, edits and run-time changes made up.

``LAW_EXAMPLES`` in the environment: how many examples each law is tried with, other
ones each time; a failing one is then made small, which may take minutes.
"""

from __future__ import annotations

import ast
import gc
import os
from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, assume, given, note, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import ReleaseRefused
from tests.reload.behaviour import behaviour, lasting, population, reshaped
from tests.reload.breaking import FAILURES, FOR_NEW, PREPARED, broken
from tests.reload.generated import ROOT, games, meddlings, pairs, spread
from tests.reload.world import World

IS_SEARCH = "LAW_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("LAW_EXAMPLES", "30"))


def law(*args: Any, share: float = 1.0) -> Any:
    """Try a test with many games; ``share`` of the examples if it is slow."""
    tried = settings(
        deadline=None,
        max_examples=max(5, int(EXAMPLES * share)),
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=not IS_SEARCH,
        phases=(Phase.generate, Phase.shrink) if IS_SEARCH else (Phase.generate,),
    )
    return lambda test: tried(given(*args)(test))


def setUpModule() -> None:
    """Take what lives already out of the collector's sight: each collection is fast."""
    gc.collect()
    gc.freeze()


def tearDownModule() -> None:
    gc.unfreeze()


class UndoTests(SynchronousTestCase):
    @law(pairs(), meddlings())
    def test_commit_then_undo_is_identity(self, pair, changes) -> None:
        """What a release did is taken back: the same objects hold the same."""
        old, new = pair
        with World(old.texts()) as world:
            held = world.meddle(changes)
            before = world.snapshot(*held)
            world.put(new)
            try:
                release = world.engine.release()
            except ReleaseRefused as refused:
                note(str(refused))
            else:
                release.undo()
            self.assertEqual([], before.changes(world.snapshot(*held)))


class RefusalTests(SynchronousTestCase):
    @law(pairs(), meddlings(), st.sampled_from(FAILURES), st.integers(0, 3))
    def test_a_refused_release_changes_nothing(
        self, pair, changes, failure, where
    ) -> None:
        """Whatever fails, in whichever module, all is as before; mended, it works."""
        old, new = pair
        key = list(old.texts())[where % len(old.modules)]
        first = old.texts()
        first[key] += PREPARED
        mended = new.texts()
        mended[key] = mended.get(key, "") + PREPARED
        with World(first) as world:
            held = world.meddle(changes)
            before = world.snapshot(*held)
            world.put({**mended, key: broken(mended[key], failure)})
            self.assertRaises(ReleaseRefused, world.engine.release)
            self.assertEqual([], before.changes(world.snapshot(*held)))
            world.put(mended)
            plan = world.engine.plan()
            assume(not any("successor()" in reason for reason in plan.refused))
            self.assertEqual([], plan.refused)
            world.engine.commit(plan).undo()
            self.assertEqual([], before.changes(world.snapshot(*held)))

    @law(pairs(), st.sampled_from(FOR_NEW), st.sampled_from(["z", "pack.z", "sub.z"]))
    def test_a_new_module_that_fails_leaves_nothing(self, pair, failure, name) -> None:
        """A new module that cannot run takes the whole release back with it."""
        old, new = pair
        with World(old.texts()) as world:
            before = world.snapshot()
            world.put({**new.texts(), f"{ROOT}.{name}": broken(PREPARED, failure)})
            self.assertRaises(ReleaseRefused, world.engine.release)
            self.assertEqual([], before.changes(world.snapshot()))

    @law(pairs(), meddlings())
    def test_a_plan_changes_nothing(self, pair, changes) -> None:
        """Making a plan, whatever comes of it, leaves everything as it was."""
        old, new = pair
        with World(old.texts()) as world:
            held = world.meddle(changes)
            before = world.snapshot(*held)
            world.put(new)
            world.engine.plan()
            self.assertEqual([], before.changes(world.snapshot(*held)))


class SameTextTests(SynchronousTestCase):
    @law(games(), meddlings())
    def test_the_same_text_is_no_release(self, game, changes) -> None:
        """The source as it was gives an empty plan, and its commit does nothing."""
        with World(game.texts()) as world:
            held = world.meddle(changes)
            before = world.snapshot(*held)
            world.put(game)
            plan = world.engine.plan()
            self.assertTrue(plan.is_empty)
            world.engine.commit(plan)
            self.assertEqual([], before.changes(world.snapshot(*held)))

    @law(
        games().flatmap(lambda game: st.tuples(st.just(game), spread(game))),
        meddlings(),
    )
    def test_comments_keep_all_state(self, pair, changes) -> None:
        """Other comments and blank lines change no value and run no body."""
        old, new = pair
        with World(old.texts()) as world:
            held = world.meddle(changes)
            world.runs.clear()
            before = world.snapshot(*held)
            world.put(new)
            world.engine.release()
            changed = before.changes(world.snapshot(*held))
            lines = ("__code__", "linecache", "__firstlineno__")
            self.assertEqual(
                [], [one for one in changed if not any(part in one for part in lines)]
            )
            self.assertEqual([], world.runs)

    @law(games().flatmap(lambda game: st.tuples(st.just(game), spread(game))))
    def test_lines_follow_comments(self, pair) -> None:
        """After it, every function is in the line where the new text has it."""
        old, new = pair
        with World(new.texts()):
            wanted = behaviour()
        with World(old.texts()) as world:
            world.put(new)
            world.engine.release()
            self.assertEqual(wanted, behaviour())


class MeaningTests(SynchronousTestCase):
    @law(pairs(eager=False))
    def test_a_released_game_does_what_a_fresh_one_does(self, pair) -> None:
        """Untouched at run time, a game means its new texts after a release."""
        old, new = pair
        with World(new.texts()):
            wanted = behaviour()
        with World(old.texts()) as world:
            world.put(new)
            plan = world.engine.plan()
            assume(not any("successor()" in reason for reason in plan.refused))
            world.engine.commit(plan)
            found = behaviour()
        alive = {*lasting(old), *lasting(new), *reshaped(old, new)}
        wanted, found = (
            {name: one for name, one in each.items() if name not in alive}
            for each in (wanted, found)
        )
        self.assertEqual(wanted, found)

    @law(pairs(), st.randoms())
    def test_the_order_makes_no_difference(self, pair, random) -> None:
        """In whatever order modules are named, the release does the same."""
        old, new = pair
        found = []
        for order in (new.names, random.sample(new.names, len(new.names))):
            with World(old.texts()) as world:
                world.put(new)
                plan = world.engine.plan(order)
                release = None if plan.refused else world.engine.commit(plan)
                entries = sorted(map(str, plan.entries))
                found.append((release is None, entries, behaviour()))
        self.assertEqual(*found)

    @law(pairs(), share=0.3)
    def test_there_and_back_again_leaves_no_growth(self, pair) -> None:
        """Releases back and forth end where they began, with as many objects."""
        old, new = pair
        with World(old.texts()) as world:
            began = behaviour()
            counts = []
            for _ in range(4):
                for game in (new, old):
                    world.put(game)
                    plan = world.engine.plan()
                    assume(not any("successor()" in one for one in plan.refused))
                    world.engine.commit(plan).make_permanent()
                del plan
                counts.append(population())
            second, third = counts[2] - counts[1], counts[3] - counts[2]
            self.assertEqual(Counter(), second & third)  # what grows each time
            ended = behaviour()
        alive = set(lasting(old))
        self.assertEqual(
            {name: one for name, one in began.items() if name not in alive},
            {name: one for name, one in ended.items() if name not in alive},
        )


values = st.sampled_from(
    ["1", "True", "'x'", "[1]", "[1, [2]]", "{'k': [1]}", "{1}", "(1, [2])"]
)


class DataTests(SynchronousTestCase):
    @law(
        st.lists(
            st.tuples(
                st.none() | values,
                st.sampled_from(["", "rebind", "mutate", "delete"]),
                st.none() | values,
            ),
            max_size=6,
        ),
    )
    def test_data_merges_three_ways(self, rows) -> None:
        """Changed in the text only: new; at run time, or in both: the live one."""
        old, new = (
            "".join(f"n{i} = {row[k]}\n" for i, row in enumerate(rows) if row[k])
            for k in (0, 2)
        )
        with World({f"{ROOT}.a": f"{old}A = 1\n"}) as world:
            module = vars(world.module("a"))
            wanted = {}
            for i, row in enumerate(rows):
                expected = merged(module, f"n{i}", *row)
                if expected is not None:
                    wanted[f"n{i}"] = expected
            world.put({f"{ROOT}.a": f"{new}A = 2\n"})
            world.engine.release()
            found = {name: repr(one) for name, one in module.items() if name[:1] == "n"}
            self.assertEqual(wanted, found)


def merged(
    module: dict[str, Any], name: str, old: str | None, act: str, new: str | None
) -> str | None:
    """Change a name at run time; give what a release should make of it, or None."""
    if act == "rebind":
        module[name] = ["live"]
    elif act == "delete":
        module.pop(name, None)
    elif act == "mutate" and isinstance(module.get(name), (list, dict)):
        inner = module[name]
        inner.append(9) if isinstance(inner, list) else inner["k"].append(9)
    live = repr(module[name]) if name in module else None
    if new is None:
        return None if old is not None else live
    untouched = live == (old if old is None else repr(ast.literal_eval(old)))
    if old == new or not untouched:
        return live
    return repr(ast.literal_eval(new))
