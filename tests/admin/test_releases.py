"""Releases by admin verbs, on a real world: who may, what is told, what is recorded."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from gameserver.admin.api import Actor, Admin
from gameserver.admin.releases import ReleaseVerbs, summary
from gameserver.errors import GameError
from gameserver.model.arguments import Limits, require_plain
from gameserver.model.roles import Role
from gameserver.services.rehearsal import Report
from gameserver.services.versions import Versions
from tests.services.release_case import DOUBLE, PLAYER, ReleaseCase

ADA = Actor("ada", Role.ADMIN, "10.0.0.1:5")
BUILDER = Actor("bea", Role.BUILDER, "10.0.0.2:6")
PLAIN = Limits(max_string=131_072, max_items=100_000)


class VerbCase(ReleaseCase):
    """A world whose releases are asked for by verbs."""

    def setUp(self) -> None:
        super().setUp()
        self.serve()

    def serve(self, *roles: Role) -> None:
        """Serve the verbs; the roles are those of the settings."""
        versions, store = Versions(), self.world.store
        rows = partial(versions.overview, self.world.game)
        group = ReleaseVerbs(self.service, store.releases, rows, *roles)
        self.admin = Admin([group], store, lambda: 5.0)

    def do(self, verb: str, *args: object, by: Actor = ADA) -> Any:
        """Perform a verb; what it gives can be sent."""
        working = self.admin.perform(by, verb, args, {})
        self.turns()
        answer = self.successResultOf(working)
        require_plain([answer], PLAIN)
        return answer

    def refusal(self, verb: str, *args: object, by: Actor = ADA) -> str:
        working = self.admin.perform(by, verb, args, {})
        self.turns()
        return str(self.failureResultOf(working, GameError).value)

    def trail(self) -> list[tuple[str, str, str, str, str]]:
        entries = self.successResultOf(self.world.store.audit.newest(20))
        return [(e.who, e.origin, e.verb, e.target, e.outcome) for e in entries]


class ReleaseVerbTests(VerbCase):
    """The verbs that change the game."""

    def test_reload(self) -> None:
        """A release is in force at the answer, which has who, where and the pause."""
        self.plugins.put(player=DOUBLE)
        answer = self.do("reload")
        self.assertEqual(self.ada.call("earn"), 3)
        told = [answer[one] for one in ("number", "actor", "origin", "outcome")]
        self.assertEqual(told, [1, "ada", "10.0.0.1:5", "committed"])
        self.assertEqual(
            answer["modules"], [{"name": self.plugins.full("player"), "act": "changed"}]
        )
        self.assertGreater(answer["pause"], 0)

    def test_named(self) -> None:
        """Only the modules that are named are released, and the record has them."""
        self.plugins.put(player=DOUBLE, other="LIMIT = 2\n")
        name = self.plugins.full("other")
        self.do("reload", [name], "refuse")
        self.assertEqual(self.plugins.other.LIMIT, 2)
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual(self.trail()[0][2:], ("reload", f"{name} refuse", "done"))

    def test_refused(self) -> None:
        """A typo is told with file and line; the game runs on as it did."""
        self.plugins.put(player=PLAYER + "    def (:\n")
        said = self.refusal("reload")
        self.assertIn("not-released", said)
        self.assertRegex(said, r"player\.py:10\b")
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertEqual(self.trail()[0][2:], ("reload", "", "refused: not-released"))

    def test_nothing(self) -> None:
        """Without a change there is nothing to release."""
        self.assertIn("nothing to release", self.refusal("reload"))

    def test_policy(self) -> None:
        """A policy that does not exist is refused before anything is planned."""
        said = self.refusal("reload", None, "hope")
        self.assertIn("saw 'hope', expected one of wait, proceed, refuse", said)

    def test_undo(self) -> None:
        """A release is taken back, and cannot be twice."""
        self.plugins.put(player=DOUBLE)
        self.do("reload")
        self.assertEqual(self.do("undo", 1)["outcome"], "undone")
        self.assertEqual(self.ada.call("earn"), 2)
        self.assertIn("not-released", self.refusal("undo"))

    def test_permanent(self) -> None:
        """A permanent release cannot be undone."""
        self.plugins.put(player=DOUBLE)
        self.do("reload")
        self.assertEqual(self.do("permanent")["outcome"], "permanent")
        self.assertIn("not-released", self.refusal("undo"))
        self.assertEqual(self.ada.call("earn"), 3)

    def test_again(self) -> None:
        """The texts of an earlier release come back as a new one."""
        self.plugins.put(player=DOUBLE)
        self.do("reload")
        self.do("undo")
        self.assertEqual(self.do("release_again", 1)["number"], 2)
        self.assertEqual(self.ada.call("earn"), 3)
        self.assertIn("not-found", self.refusal("release_again", 9))


class LookTests(VerbCase):
    """The verbs that only look."""

    def test_check(self) -> None:
        """The plan is what the engine says, as text or as JSON; nothing changes."""
        self.plugins.put(player=DOUBLE)
        answer = self.do("check", by=BUILDER)
        plan = "".join(answer["plan"])
        self.assertIn("changed", plan)
        self.assertIn("+        self.coins += 2", plan)
        self.assertEqual(answer["refused"], "")
        found = json.loads("".join(self.do("check", None, True)["plan"]))
        self.assertEqual(found["modules"][0]["name"], self.plugins.full("player"))
        self.assertIn("rehearsal", found)
        self.assertEqual(self.ada.call("earn"), 2)

    def test_check_refused(self) -> None:
        """A plan that cannot be committed says why, in one line."""
        self.plugins.put(player=PLAYER + "    def (:\n")
        answer = self.do("check")
        self.assertIn("REFUSED", "".join(answer["plan"]))
        self.assertRegex(answer["refused"], r"player\.py:10\b")
        self.assertNotIn("\n", answer["refused"])

    def test_check_failed_rehearsal(self) -> None:
        """So does one whose rehearsal failed."""

        class Failing:
            async def run(self, names: object = None, *, plan: object = None) -> Report:
                return Report(ok=False, was_run=True, text="ada: no coins\nbob: no")

        self.service = self.made(rehearse=Failing())
        self.serve()
        self.plugins.put(player=DOUBLE)
        expected = "the rehearsal failed: ada: no coins; bob: no"
        self.assertEqual(self.do("check")["refused"], expected)

    def test_large(self) -> None:
        """A large plan comes in pieces that the wire takes; one too large says so."""
        text = "".join(f"A{i} = '{'é' * 80}'\n" for i in range(4000))
        self.plugins.put(other=text)
        plan = self.do("check")["plan"]
        self.assertGreater(len(plan), 1)
        self.assertIn("A3999", "".join(plan))
        self.plugins.put(other=text * 4)
        self.assertIn("more characters", "".join(self.do("check")["plan"])[-60:])
        self.assertIn("too-large", self.refusal("check", None, True))

    def test_history(self) -> None:
        """The history lists releases, newest first, the refused ones too."""
        self.plugins.put(player=PLAYER + "    def (:\n")
        self.refusal("reload")
        self.plugins.put(player=DOUBLE)
        self.do("reload")
        rows = self.do("releases", by=BUILDER)
        found = [(one["number"], one["outcome"]) for one in rows]
        self.assertEqual(found, [(2, "committed"), (1, "refused")])
        self.assertEqual(len(self.do("releases", 1)), 1)

    def test_show(self) -> None:
        """One release is shown with plan and diff, and as JSON with its texts."""
        self.plugins.put(player=DOUBLE)
        self.do("reload")
        answer = self.do("release_show", 1, by=BUILDER)
        self.assertIn("+        self.coins += 2", "".join(answer["plan"]))
        self.assertEqual(set(answer), {*summary(self.stored(1)), "plan"})
        whole = json.loads("".join(self.do("release_show", 1, True)["plan"]))
        self.assertIn("+= 2", whole["modules"][0]["text"])
        self.assertIn("not-found", self.refusal("release_show", 2))

    def test_versions(self) -> None:
        """Each thing that runs is told with its release, and counted."""
        found = self.do("who_versions", by=BUILDER)
        (row,) = found["rows"]
        self.assertEqual(
            (row["kind"], row["owner"], row["release"]), ("avatar", "ada", 0)
        )
        self.assertEqual([one["count"] for one in found["counts"]], [1])


class RoleTests(VerbCase):
    def test_roles(self) -> None:
        """A builder may look and not release; the try is recorded with its origin."""
        self.plugins.put(player=DOUBLE)
        acts = (("reload",), ("undo",), ("permanent",), ("release_again", 1))
        for verb, *args in acts:
            said = self.refusal(verb, *args, by=BUILDER)
            self.assertIn(f"{verb} needs the role admin; yours is builder", said)
        self.assertEqual(self.ada.call("earn"), 2)
        expected = ("bea", "10.0.0.2:6", "undo", "", "refused: forbidden")
        self.assertIn(expected, self.trail())

    def test_settings(self) -> None:
        """The settings move both roles."""
        self.serve(Role.ADMIN, Role.BUILDER)
        self.plugins.put(player=DOUBLE)
        self.assertIn("forbidden", self.refusal("check", by=BUILDER))
        self.assertEqual(self.do("reload", by=BUILDER)["actor"], "bea")
