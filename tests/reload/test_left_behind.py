"""Instances of a class that its name leaves keep it; the plan says how many."""

from __future__ import annotations

from tests.reload.engines import EngineCase

ACCOUNT = "class Account:\n    def fee(self): return %d\n"


class LeftBehindTests(EngineCase):
    def kept(self, number: int, **texts: str) -> list[str]:
        """Make instances, plan other texts; give what the plan says is kept."""
        models = self.load(models=ACCOUNT % 1)
        self.instances = [models.Account() for _ in range(number)]
        self.write(**texts)
        return [one.why for one in self.engine.plan().entries if one.kind == "kept"]

    def test_moved(self) -> None:
        """A class that another module defines now, and the former name imports."""
        why = "2 live instances keep the former class; "
        why += "the name means worlds.entities.Account now"
        texts = {"models": "from worlds.entities import Account\n"}
        self.assertEqual(self.kept(2, entities=ACCOUNT % 2, **texts), [why])

    def test_removed(self) -> None:
        """A class that the text defines no more."""
        why = "1 live instance keeps the class that is removed"
        self.assertEqual(self.kept(1, models="X = 1\n"), [why])

    def test_none(self) -> None:
        """Without instances there is nothing to say."""
        self.assertEqual(self.kept(0, models="X = 1\n"), [])

    def test_stays(self) -> None:
        """Nor of a class that stays."""
        self.assertEqual(self.kept(1, models=ACCOUNT % 2), [])

    def test_committed(self) -> None:
        """The plan of the release says it, too."""
        self.kept(1, models="X = 1\n")
        plan = self.engine.release().plan
        self.assertIn(("kept", "Account"), self.kinds(plan))

    def test_subclass(self) -> None:
        """Instances of subclasses elsewhere count."""
        self.load(models=ACCOUNT % 1)
        user = self.load(
            user="from worlds.models import Account\nclass B(Account): 1\n"
        )
        one = user.B()
        self.write(models="Account = None\n")
        whys = [x.why for x in self.engine.plan().entries if x.kind == "kept"]
        self.assertEqual(whys, ["1 live instance keeps the class that is removed"])
        del one
