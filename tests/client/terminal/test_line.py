from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.client import Command, Parameter
from gameserver.client.terminal.catalogue import Catalogue
from gameserver.client.terminal.line import Request, parse_line
from gameserver.errors import BadArguments, GameError, NoSuchCall


def command(name, *parameters):
    read = []
    for one in parameters:
        label, _, declared = one.rstrip("?").partition(":")
        read.append(Parameter(label, declared or "str", one.endswith("?")))
    return Command(name, tuple(read), f"Do {name}.")


CATALOGUE = Catalogue(
    (
        command("look"),
        command("say", "text"),
        command("go", "direction"),
        command("give", "whom", "item"),
        command("add", "one:int", "other:int?"),
        command("set", "speed:float", "loud:bool?"),
        command("pick", "items:list[str]"),
        command("place", "where:dict[str, int]", "name?"),
        command("any", "value:Thing"),
        command("Shout", "text:str | None?"),
    )
)


class ParseTests(SynchronousTestCase):
    def parsed(self, line):
        request = parse_line(line, CATALOGUE)
        return (request.name, *request.args)

    def refusal(self, line, kind=BadArguments):
        return self.assertRaises(kind, parse_line, line, CATALOGUE).text

    def test_no_arguments(self):
        """A command alone is a call without arguments."""
        self.assertEqual(parse_line("  look ", CATALOGUE), Request("look"))

    def test_rest_of_the_line(self):
        """The last text takes the rest as typed: quotes, apostrophes, spaces."""
        line = """say it's dark "here",  isn't it?"""
        self.assertEqual(self.parsed(line), ("say", """it's dark "here",  isn't it?"""))
        self.assertEqual(self.parsed('say "hello"'), ("say", '"hello"'))

    def test_words_before_it(self):
        """Words before the last are parted by spaces, or held together by quotes."""
        self.assertEqual(
            self.parsed("give bob the old sword"), ("give", "bob", "the old sword")
        )
        self.assertEqual(
            self.parsed("""give "Big Bob" sword"""), ("give", "Big Bob", "sword")
        )
        self.assertEqual(self.parsed("give o'neil sword"), ("give", "o'neil", "sword"))
        self.assertEqual(self.parsed("give '' sword"), ("give", "", "sword"))

    def test_open_quote(self):
        """A quote that is not closed, or closed within a word, is said to be."""
        for line in ('give "Big Bob sword', 'give "Big"Bob sword'):
            self.assertIn("is not closed", self.refusal(line))

    def test_numbers(self):
        """Numbers and truth are sent as what was declared."""
        self.assertEqual(self.parsed("add 2 -3"), ("add", 2, -3))
        self.assertEqual(self.parsed("set 1 yes"), ("set", 1.0, True))
        self.assertIsInstance(self.parsed("set 1")[1], float)
        self.assertEqual(self.parsed("set 1e3 OFF"), ("set", 1000.0, False))

    def test_no_numbers(self):
        """What is no number is named, with the parameter and what is expected."""
        self.assertEqual(self.refusal("add two"), "one: 'two' is not a whole number")
        self.assertEqual(self.refusal("add 1.5"), "one: '1.5' is not a whole number")
        self.assertEqual(self.refusal("add 1_0"), "one: '1_0' is not a whole number")
        for word in ("fast", "nan", "inf"):
            self.assertEqual(
                self.refusal(f"set {word}"), f"speed: {word!r} is not a number"
            )
        self.assertEqual(
            self.refusal("set 1 perhaps"), "loud: 'perhaps' is not yes or no"
        )

    def test_json(self):
        """Lists and dicts are JSON, wherever they stand."""
        self.assertEqual(self.parsed('pick ["a b", "c"]'), ("pick", ["a b", "c"]))
        self.assertEqual(
            self.parsed('place {"x": 1, "y": 2} the old oak'),
            ("place", {"x": 1, "y": 2}, "the old oak"),
        )

    def test_no_json(self):
        """What is no such JSON is refused with an example."""
        for line in ("pick a b", 'pick {"a": 1}', "pick [NaN]", "pick " + "[" * 9999):
            self.assertIn('JSON such as ["a", "b"]', self.refusal(line))
        self.assertIn('JSON such as {"name": 1}', self.refusal("place [1]"))

    def test_unknown_types(self):
        """Where the type is not known, JSON is JSON and the rest is text."""
        self.assertEqual(self.parsed('any {"a": 1}'), ("any", {"a": 1}))
        self.assertEqual(self.parsed("any two words"), ("any", "two words"))

    def test_counts(self):
        """Too few or too many arguments show the usage."""
        usages = {
            "go": "usage: go <direction>",
            "give bob": "usage: give <whom> <item>",
            "look here": "usage: look",
            "add": "usage: add <one: whole number> [other: whole number]",
            "add 1 2 3": "usage: add <one: whole number> [other: whole number]",
            'pick ["a"] more': "usage: pick <items: JSON list>",
        }
        for line, usage in usages.items():
            self.assertEqual(self.refusal(line), usage)

    def test_optional(self):
        """What is optional may be left out."""
        self.assertEqual(self.parsed("shout"), ("Shout",))
        self.assertEqual(self.parsed("add 1"), ("add", 1))

    def test_unknown_commands(self):
        """An unknown command suggests the nearest, by beginning or by letters."""
        hints = {"lok": "look", "gvie": "give", "sh": "Shout", "hlep": "help"}
        for typed, meant in hints.items():
            self.assertEqual(
                self.refusal(typed, NoSuchCall),
                f'There is no command "{typed}". Did you mean "{meant}"?',
            )
        self.assertIn('Try "help"', self.refusal("xyzzy now", NoSuchCall))

    def test_capitals(self):
        """Capitals do not matter; arguments keep theirs."""
        self.assertEqual(self.parsed("GO North"), ("go", "North"))

    @given(st.text(min_size=1).filter(str.strip))
    def test_total(self, line):
        """Every line is a call or a refusal, nothing else."""
        try:
            request = parse_line(line, CATALOGUE)
        except GameError:
            return
        self.assertIsInstance(request, Request)

    @given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1))
    def test_speech_is_kept(self, text):
        """What is said is sent to the letter."""
        self.assertEqual(self.parsed(f"say {text}"), ("say", text))
