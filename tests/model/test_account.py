"""Names of accounts, and what an account shows of itself."""

from __future__ import annotations

import unicodedata

from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.errors import BadArguments
from gameserver.model.account import Account, checked_name, name_key
from tests.model.laws import law

EVERY_CHARACTER = [chr(code) for code in range(0x110000)]
names = st.from_regex(r"[^\W_][\w-]{0,31}", fullmatch=True)


def is_name(text: str) -> bool:
    try:
        checked_name(text)
    except BadArguments:
        return False
    return True


class NameTests(SynchronousTestCase):
    """The rule for a good name."""

    def test_good_names(self):
        """Letters and digits of any script, then ``_`` and ``-`` too, 1 to 32."""
        for name in ("a", "7", "Ada", "ada-2_b", "Žofie", "李", "a" * 32):
            self.assertEqual(checked_name(name), name)

    def test_bad_names(self):
        """Nothing else: no spaces, signs, line ends, and no length but 1 to 32."""
        bad = ["", " ", "a b", "_a", "-a", "a.b", "a/b", "a\n", "\na", "a\0", "a" * 33]
        self.assertEqual([name for name in bad if is_name(name)], [])

    def test_message(self):
        """The message shows the beginning of the value, and the rule."""
        error = self.assertRaises(BadArguments, checked_name, "a b" * 100)
        self.assertIn("'a ba ba b", error.text)
        self.assertIn("expected 1 to 32 letters", error.text)
        self.assertLess(len(error.text), 200)

    def test_half_a_surrogate_pair(self):
        """What UTF-8 cannot write is no name."""
        self.assertFalse(is_name("a\ud800"))

    def test_compatibility_characters(self):
        """Full-width and other compatible forms become the usual ones."""
        self.assertEqual(checked_name("\uff21da"), "Ada")
        self.assertEqual(checked_name("\ufb01n"), "fin")

    @law(st.text(max_size=40))
    def test_canonical_is_final(self, text):
        """A checked name is its own canonical spelling, or the text is refused."""
        if is_name(text):
            name = checked_name(text)
            self.assertEqual(checked_name(name), name)
            self.assertTrue(unicodedata.is_normalized("NFKC", name))

    @law(st.text(max_size=3))
    def test_no_name_holds_a_separator(self, text):
        """No name can be taken for two, for a path or for an option."""
        if is_name(text):
            name = checked_name(text)
            self.assertEqual(name.split(), [name])
            self.assertFalse(set(name) & set("/\\.:,;'\"<>&%\0"))


class KeyTests(SynchronousTestCase):
    """Names that differ only in case are the same."""

    def test_case(self):
        """Case does not matter, in any script."""
        for one, other in (("Ada", "aDA"), ("Žofie", "žOFIE"), ("STRASSE", "straße")):
            self.assertEqual(name_key(one), name_key(other))

    @law(names)
    def test_key_of_a_name_in_any_case(self, name):
        """The key is that of the lower and of the upper case."""
        key = name_key(name)
        self.assertEqual(name_key(key), key)
        self.assertEqual(name_key(name.lower().upper()), name_key(name.upper()))

    def test_key_is_final_for_every_character(self):
        """The key of a key is the key, whatever letter a name is made of."""
        letters = [one for one in EVERY_CHARACTER if is_name(one)]
        moved = [one for one in letters if name_key(name_key(one)) != name_key(one)]
        self.assertEqual(moved, [])
        self.assertGreater(len(letters), 100_000)


class AccountTests(SynchronousTestCase):
    """Accounts as values."""

    def test_secrets_are_not_shown(self):
        """Hash and token are in no repr, so in no log."""
        shown = repr(Account("ada", password="$argon2id$x", sealed_token=b"sealed"))
        self.assertNotIn("argon2", shown)
        self.assertNotIn("sealed'", shown)

    def test_frozen(self):
        """An account is changed by replacing it."""
        self.assertRaises(AttributeError, setattr, Account("ada"), "name", "bob")
