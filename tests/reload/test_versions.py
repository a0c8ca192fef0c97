"""The version of a class: whole numbers, upwards, and steps that give fields."""

from __future__ import annotations

from gameserver.errors import ReleaseRefused, UndoRefused
from tests.reload.engines import EngineCase

HEAD = "from gameserver import migration\nfrom gameserver.reload import Reloadable\n"
ONE = HEAD + "class P({}):\n    version = 1\n    def __init__(self): self.hp = 10\n"
STEP = "@migration(P, to=2)\ndef ten(state): return {**state, 'hp': state['hp'] * 10}\n"


def text(version: object = 1, step: str = "", base: str = "Reloadable") -> str:
    """Give a text whose class has a version, and perhaps steps."""
    return ONE.format(base).replace("version = 1", f"version = {version}") + step


class LowerTests(EngineCase):
    def test_live(self) -> None:
        """A version does not fall under live instances; the plan says what to do."""
        for base in ("Reloadable", "object"):
            name = f"low_{base.lower()}"
            player = self.load(**{name: text(2, STEP, base)}).P()
            self.write(**{name: text(1, "", base)})
            plan = self.engine.plan()
            self.assertIn(
                "P: version falls from 2 to 1, under 1 live instance; write version 3"
                " with a step that leads back, @migration(P, to=3)",
                plan.refused[0],
            )
            self.write(**{name: text(2, STEP, base)})
            self.assertEqual(player.hp, 10)

    def test_none_live(self) -> None:
        """It may fall when no instance lives."""
        module = self.load(a=text(2, STEP))
        self.release(a=text(1))
        self.assertEqual(module.P.version, 1)

    def test_made_since(self) -> None:
        """An instance made after the plan refuses the commit."""
        module = self.load(a=text(2, STEP))
        self.write(a=text(1))
        plan = self.engine.plan()
        player = module.P()
        error = self.assertRaises(ReleaseRefused, self.engine.commit, plan)
        self.assertIn("version falls from 2 to 1", str(error))
        self.assertEqual((module.P.version, player.hp), (2, 10))

    def test_undo_says_so(self) -> None:
        """An undo that is too late does not advise what would be refused."""
        self.load(a=text())
        release = self.release(a=text(2, STEP))
        release.make_permanent()
        error = self.assertRaises(UndoRefused, release.undo)
        self.assertIn("with a higher version and a step that leads back", str(error))
        self.assertIn("worlds.a.P = 3", str(error))


class NumberTests(EngineCase):
    def test_new(self) -> None:
        """Steps of a class whose version is no whole number are refused."""
        self.load(a=text())
        for version in (2.0, "'2'"):
            error = self.refused(a=text(version, STEP))
            self.assertIn(f"P.version = {version}: expected a whole", str(error))

    def test_before(self) -> None:
        """Nothing leads on from a version in force that is no whole number."""
        module = self.load(a=text(version=True))
        player = module.P()
        error = self.refused(a=text(2, STEP))
        self.assertIn("P: version is True in the text in force", str(error))
        self.assertEqual(player.hp, 10)
        self.release(a=text(1))
        self.release(a=text(2, STEP))
        self.assertEqual(player.hp, 100)

    def test_no_steps(self) -> None:
        """Of a class without steps it is plain data."""
        self.load(a=text("'b'")).P()
        self.release(a=text("'a'"))

    def test_first(self) -> None:
        """The first step of a class without a version is told what to write."""
        error = self.refused(a=text(1, STEP.replace("to=2", "to=1")))
        self.assertIn("write version = 2 in the class, and to=2", str(error))

    def test_keys(self) -> None:
        """A step that gives fields without names is refused."""
        player = self.load(a=text()).P()
        error = self.refused(a=text(2, STEP.replace("**state, 'hp'", "1")))
        self.assertIn("gave the field 1, expected names (str)", str(error))
        self.assertEqual(player.hp, 10)


class LateFailureTests(EngineCase):
    def failed(self, change: str) -> tuple[str, dict[str, object]]:
        """Change one carried player, and let another one's step fail."""
        module = self.load(a=text())
        one, other = module.P(), module.P()
        one.gold, other.hp = 1, "x"
        self.write(a=text(2, STEP.replace("state['hp'] * 10", "int(state['hp']) * 10")))
        release = self.engine.release(lazily=True)
        self.assertEqual(one.hp, 100)
        exec(change, {"one": one})  # noqa: S102 - a test's own line
        while release.advance(1):
            pass
        self.assertTrue(release.is_undone)
        return str(release.failure), vars(one)

    def test_others_stay(self) -> None:
        """Fields that the migration left alone keep what they hold by now."""
        why, fields = self.failed("one.gold = 500; one.bag = ['sword']")
        self.assertEqual(fields, {"hp": 10, "gold": 500, "bag": ["sword"]})
        self.assertNotIn("changed since", why)

    def test_made_fields_go(self) -> None:
        """Those that it made go, and the failure says of how many instances."""
        why, fields = self.failed("one.hp -= 1; one.gold = 7")
        self.assertEqual(fields, {"hp": 10, "gold": 7})
        self.assertIn("1 migrated instance had changed since", why)

    def test_deleted_stays_so(self) -> None:
        """A field that somebody has deleted since stays deleted."""
        _, fields = self.failed("del one.gold")
        self.assertEqual(fields, {"hp": 10})


class AwaitedHookTests(EngineCase):
    def test_module(self) -> None:
        """The plan refuses a module's hook that nobody would await."""
        self.load(a="K = 1\n")
        for form in ("async def {}: pass", "def {}: yield", "async def {}: yield"):
            self.write(a="K = 2\n" + form.format("module_reloaded(old, new)") + "\n")
            self.assertIn("expected a plain def", self.engine.plan().refused[0])

    def test_instance(self) -> None:
        """And an instance's."""
        self.load(a="class C: pass\n")
        error = self.refused(a="class C:\n    async def reloaded(self): pass\n")
        self.assertIn("C.reloaded is an async def", str(error))
