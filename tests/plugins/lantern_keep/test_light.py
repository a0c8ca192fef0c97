"""The lantern: flame, oil, dark rooms, and a bearer who leaves."""

from plugins.lantern_keep import rules
from tests.plugins.lantern_keep.keep_case import KeepCase


class Darkness(KeepCase):
    def test_dark_room(self):
        """In the dark one feels ways and things, and hears people, without names."""
        self.put(self.ada, "Crypt")
        self.put(self.bob, "Crypt")
        self.assertEqual(
            self.ada.call("look").splitlines(),
            [
                "Crypt. It is too dark to see your own hands.",
                "Ways: Tower (clockwise), Armoury (anticlockwise).",
                "Your fingers find a blue potion.",
                "Somebody is breathing close by.",
            ],
        )

    def test_shade_is_felt(self):
        """In the dark the shade is felt."""
        self.put(self.ada, "Crypt")
        self.wake_shade("Crypt")
        self.assertIn("Something colder than the dark", self.ada.call("look"))

    def test_no_details(self):
        """In the dark nothing can be looked at closely."""
        self.put(self.ada, "Crypt")
        error = self.refused(self.ada, "look", "potion")
        self.assertEqual(error.code, "too-dark")

    def test_groping(self):
        """In the dark things can be taken all the same."""
        self.put(self.ada, "Armoury")
        self.ada.call("take", "sword")
        self.assertEqual(self.keep.things.of("ada"), ["sword"])

    def test_carried_light(self):
        """A lit lantern lights the room for everybody."""
        self.give(self.ada, "lantern")
        self.put(self.ada, "Crypt")
        self.put(self.bob, "Crypt")
        self.ada.call("use", "lantern")
        self.assertIn("Stone sleepers", self.bob.call("look"))

    def test_lying_light(self):
        """A lit lantern on the floor lights the room."""
        self.keep.things.lay("lantern", "Crypt")
        self.keep.lantern.is_lit = True
        self.put(self.ada, "Crypt")
        self.assertIn("Stone sleepers", self.ada.call("look"))

    def test_light_elsewhere(self):
        """A lantern lights only the room it is in."""
        self.give(self.ada, "lantern")
        self.keep.lantern.is_lit = True
        self.put(self.bob, "Crypt")
        self.assertIn("too dark", self.bob.call("look"))


class Oil(KeepCase):
    def setUp(self):
        super().setUp()
        self.give(self.ada, "lantern")

    def light(self, oil=rules.FULL_OIL):
        self.keep.lantern.oil = oil
        self.ada.call("use", "lantern")
        self.clear()

    def test_burns(self):
        """A lit lantern burns 1 oil a tick, and its bearer is shown."""
        self.light()
        self.world.advance(3)
        self.assertEqual(self.shown(self.ada)["Oil"], rules.FULL_OIL - 3)

    def test_out(self):
        """A lantern that is out burns nothing."""
        self.world.advance(3)
        self.assertEqual(self.keep.lantern.oil, rules.FULL_OIL)

    def test_burns_on_the_floor(self):
        """A lit lantern burns on the floor, too."""
        self.light()
        self.ada.call("drop", "lantern")
        self.world.advance(3)
        self.assertEqual(self.keep.lantern.oil, rules.FULL_OIL - 3)

    def test_shade_drinks(self):
        """Near the shade oil burns faster."""
        self.light()
        self.wake_shade("Gate")
        self.world.advance(3)
        self.assertEqual(self.keep.lantern.oil, rules.FULL_OIL - 6)

    def test_only_the_bearer_sees_oil(self):
        """The status shows the oil to the bearer and nobody else."""
        self.light()
        self.world.advance(1)
        self.ada.call("drop", "lantern")
        self.assertNotIn("Oil", self.shown(self.ada))
        self.assertEqual(self.bob.heard_names.count("status"), 0)

    def test_warning(self):
        """The flame warns once before it dies, and everybody in the room sees both."""
        self.light(oil=rules.LOW_OIL + 1)
        self.world.advance(rules.LOW_OIL + 1)
        seen = ["The lantern's flame sinks. The oil cask stands at the Gate."]
        seen += ["The lantern gutters and dies."]
        self.assertEqual(self.told(self.bob), seen)
        self.assertFalse(self.keep.lantern.is_lit)

    def test_dry(self):
        """A dry lantern cannot be lit; one is told where the oil is."""
        self.keep.lantern.oil = 0
        error = self.refused(self.ada, "use", "lantern")
        self.assertEqual(error.code, "dry")
        self.assertIn("oil cask at the Gate", error.text)

    def test_toggle(self):
        """Using the lantern again puts it out."""
        self.light()
        self.ada.call("use", "lantern")
        self.assertFalse(self.keep.lantern.is_lit)
        self.assertEqual(self.told(self.bob), ["ada puts the lantern out."])

    def test_refill(self):
        """The cask fills the lantern."""
        self.keep.lantern.oil = 1
        self.ada.call("use", "cask")
        self.assertEqual(self.shown(self.ada)["Oil"], rules.FULL_OIL)
        self.assertEqual(self.told(self.bob), ["ada fills the lantern at the cask."])

    def test_full(self):
        """A full lantern is not filled again."""
        self.assertEqual(self.refused(self.ada, "use", "oil").code, "full")

    def test_no_lantern(self):
        """The cask is of no use without the lantern."""
        error = self.refused(self.bob, "use", "cask")
        self.assertIn("Bring the lantern here", error.text)

    def test_cask_elsewhere(self):
        """Away from the cask one is told where it stands."""
        self.put(self.ada, "Crypt")
        error = self.refused(self.ada, "use", "cask")
        self.assertIn("stands at the Gate", error.text)


class LeavingWithTheLantern(KeepCase):
    def setUp(self):
        super().setUp()
        self.give(self.ada, "lantern", "sword")
        self.keep.lantern.is_lit = True
        self.put(self.ada, "Crypt")
        self.put(self.bob, "Crypt")
        self.world.advance(1)

    def test_fades_with_the_bearer(self):
        """With its bearer the lantern is out of the world: no light, no point."""
        self.ada.close()
        oil, score = self.keep.lantern.oil, self.world.avatar("ada").score
        self.world.advance(3)
        self.assertIn("too dark", self.bob.call("look"))
        self.assertEqual(self.keep.lantern.oil, oil)
        self.assertEqual(self.world.avatar("ada").score, score)

    def test_falls(self):
        """After the time of grace the lantern falls where its bearer faded."""
        self.ada.close()
        self.bob.clear()
        self.world.advance(rules.BEARER_GRACE)
        self.assertEqual(self.told(self.bob), [])
        self.world.advance(1)
        self.assertEqual(
            self.told(self.bob),
            ["The lantern drops out of thin air: nobody is left to hold it."],
        )
        self.bob.call("take", "lantern")

    def test_other_things_stay(self):
        """Everything else stays in the hands of who left."""
        self.ada.close()
        self.world.advance(rules.BEARER_GRACE + 1)
        self.assertEqual(self.keep.things.of("ada"), ["sword"])

    def test_back_in_time(self):
        """Who is back within the time of grace holds the lantern still."""
        self.ada.close()
        self.world.advance(rules.BEARER_GRACE)
        self.world.login("ada")
        self.world.advance(2 * rules.BEARER_GRACE)
        self.assertTrue(self.keep.things.has("ada", "lantern"))

    def test_grace_begins_anew(self):
        """The time of grace is counted from each parting."""
        for _ in range(3):
            self.ada.close()
            self.world.advance(rules.BEARER_GRACE - 1)
            self.ada = self.world.login("ada")
            self.world.advance(1)
        self.assertTrue(self.keep.things.has("ada", "lantern"))

    def test_second_window(self):
        """Who closes one of two windows has not left."""
        second = self.world.login("ada")
        second.close()
        self.world.advance(rules.BEARER_GRACE + 1)
        self.assertTrue(self.keep.things.has("ada", "lantern"))
