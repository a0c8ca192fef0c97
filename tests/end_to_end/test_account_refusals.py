"""What ``gameserver account`` refuses, and how passwords come in."""

from __future__ import annotations

import json
import os
import subprocess

from tests.end_to_end.account_case import FIRST, AccountCase
from tests.end_to_end.processes import DEADLINE, RUN


class RefusalCase(AccountCase):
    """What a verb refuses is one line on stderr, and exit code 1."""

    def refused(self, *args: str, stdin: str = "") -> str:
        done = self.place.gameserver("account", *args, stdin=stdin)
        self.assertEqual((done.code, done.out), (1, ""), done.all)
        self.assertTrue(done.err.startswith("gameserver: "), done.err)
        self.assertEqual(done.err.count("\n"), 1, done.err)
        return done.err


class RunningRefusalTests(RefusalCase):
    """While the server runs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.place.start(*RUN)

    def test_bad_name(self):
        """A name with other signs is shown beside the rule."""
        line = self.refused("add", "a/b", "--no-password")
        self.assertIn("'a/b' cannot be used: expected 1 to 32 letters", line)

    def test_bad_role(self):
        """An unknown role is shown beside those there are."""
        for args in (("add", "pia", "--no-password", "--role"), ("role", "ada")):
            line = self.refused(*args, "king")
            self.assertIn("'king' is not known: expected player, builder", line)

    def test_short_password(self):
        """A short password is refused with the rule, and not repeated."""
        for verb, name in (("add", "pia"), ("passwd", "ada")):
            line = self.refused(verb, name, "--password-stdin", stdin="pony\n")
            self.assertIn("4 characters: expected 8 to 256", line)
            self.assertNotIn("pony", line)

    def test_taken(self):
        """A name that is taken, in whatever case, is refused."""
        self.assertIn("'Ada' already", self.refused("add", "Ada", "--no-password"))

    def test_unknown(self):
        """Every verb on one account names the one that is missing."""
        for args in (["passwd", "x", "--password-stdin"], ["token", "x"]):
            self.assertIn("no account named 'x'", self.refused(*args, stdin=FIRST))
        for args in (["role", "x", "admin"], ["remove", "x", "--yes"]):
            self.assertIn("no account named 'x'", self.refused(*args))

    def test_no_terminal(self):
        """Without a terminal it does not wait for a password."""
        self.assertIn("--password-stdin", self.refused("passwd", "ada"))


class StoppedRefusalTests(RefusalCase):
    """While it is stopped."""

    def test_bad_name(self):
        """A name with other signs is shown beside the rule."""
        line = self.refused("add", "a/b", "--no-password")
        self.assertIn("'a/b' cannot be used: expected 1 to 32 letters", line)

    def test_short_password(self):
        """A short password is refused with the rule, and not repeated."""
        line = self.refused("add", "pia", "--password-stdin", stdin="pony\n")
        self.assertIn("4 characters: expected 8 to 256", line)
        self.assertNotIn("pony", line)

    def test_unknown(self):
        """An account that is not there is named."""
        line = self.refused("token", "x")
        self.assertIn("no account named 'x'", line)

    def test_state_stays(self):
        """A refused verb leaves no trace but in the audit trail."""
        before = self.place.did("account", "list", "--json")
        self.refused("add", "Ada", "--no-password")
        self.assertEqual(self.place.did("account", "list", "--json"), before)
        newest = json.loads(self.place.did("audit", "--json"))
        self.assertIn("refused: already-exists", [one["outcome"] for one in newest])


class PasswordTests(RefusalCase):
    """How a password comes in."""

    def test_never_an_argument(self):
        """No option takes a password."""
        for option in (["--password", FIRST], [f"--password-stdin={FIRST}"], [FIRST]):
            done = self.place.gameserver("account", "passwd", "ada", *option)
            self.assertEqual((done.code, done.out), (2, ""), option)

    def typed(self, *lines: str) -> tuple[int, str]:
        """Type at ``account passwd ada`` in a terminal: exit code and all shown."""
        ours, theirs = os.openpty()
        self.addCleanup(os.close, ours)
        command = [str(self.place.bin / "gameserver"), "account", "passwd", "ada"]
        with subprocess.Popen(
            command,
            cwd=self.place.folder,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        ) as process:
            self.addCleanup(process.kill)
            os.close(theirs)
            shown = ""
            for line in lines:
                asked = shown.count(": ") + 1
                while shown.count(": ") < asked:
                    shown += os.read(ours, 1000).decode()
                os.write(ours, f"{line}\n".encode())
            code = process.wait(DEADLINE)
            return code, shown + os.read(ours, 1000).decode()

    def test_prompt(self):
        """At a terminal it asks twice, and what is typed is not shown."""
        code, shown = self.typed(FIRST, FIRST)
        self.assertEqual(code, 0, shown)
        self.assertIn("ada has a new password", shown)
        self.assertNotIn("horse", shown)
        self.assertTrue(self.listed("ada")["password"])
