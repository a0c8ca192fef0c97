"""Rows as lines of JSON: nothing is lost on the way there and back."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.release_row import Outcome, ReleaseRow
from gameserver.store import lines
from tests.store.rows import accounts, entries, releases, revisions, snapshots

RELEASE = ReleaseRow(
    1, 2.0, "ada", "local", (), {}, "", None, Outcome.REFUSED, ended=3.0
)


class LineTests(SynchronousTestCase):
    @given(st.one_of(snapshots(), accounts(), entries(), releases(), revisions()))
    def test_law(self, row):
        """What is written is read equal; it is one line of JSON."""
        written = lines.line(row)
        self.assertEqual(lines.parsed(written), row)
        self.assertEqual(written.count(b"\n"), 1)
        json.loads(written)

    def test_state_is_json(self):
        """A state of JSON can be read and changed by hand."""
        row = {"line": "snapshot", "kind": "avatar", "id": "ada", "version": 1}
        row |= {"revision": 2, "state": {"gold": 3}}
        read = lines.parsed(json.dumps(row).encode())
        self.assertEqual(json.loads(read.state), {"gold": 3})

    def refusal(self, **changed: object) -> str:
        row = {"line": "snapshot", "kind": "avatar", "id": "ada", "version": 1}
        row |= {"revision": 2, "state": {}, **changed}
        text = json.dumps({key: value for key, value in row.items() if value != "-"})
        return str(self.assertRaises(ValueError, lines.parsed, text.encode()))

    def test_refused(self):
        """A wrong value is shown with what was expected."""
        self.assertIn("Expected `int` >= 1 - at `$.version`", self.refusal(version=0))
        self.assertIn("Expected `int`, got `str`", self.refusal(revision="many"))
        self.assertIn("'[1]' seen, an object expected", self.refusal(state=[1]))
        self.assertIn("one of them expected", self.refusal(state_base64="AA=="))
        self.assertIn("no state seen", self.refusal(state="-"))
        self.assertIn("unknown field `gold`", self.refusal(gold=1))
        self.assertIn("Invalid value 'room'", self.refusal(line="room"))

    def test_release_refused(self):
        """So are a plan that is no object, an outcome that there is not, a number."""
        row = json.loads(lines.line(RELEASE))
        for changed, said in (
            ({"plan": [1]}, "plan '[1]' seen, an object expected"),
            ({"facts": "many"}, "facts '\"many\"' seen, an object expected"),
            ({"outcome": "lost"}, "Invalid enum value 'lost'"),
            ({"number": 0}, "Expected `int` >= 1 - at `$.number`"),
        ):
            text = json.dumps(row | changed).encode()
            self.assertIn(said, str(self.assertRaises(ValueError, lines.parsed, text)))

    def test_no_secret(self):
        """A line is shown up to its secrets, wherever they stand."""
        text = b'{"line":"account","password":"$argon2id$x","name":"ada","role":"king"}'
        said = str(self.assertRaises(ValueError, lines.parsed, text))
        self.assertIn("account", said)
        self.assertNotIn("argon", said)
