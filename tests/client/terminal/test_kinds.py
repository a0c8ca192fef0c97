from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.client.terminal.kinds import kind_of, words_for


class KindTests(SynchronousTestCase):
    def test_kinds(self):
        """Annotations as authors write them come down to a few kinds."""
        kinds = {
            "str": "str",
            "str | None": "str",
            "None | int": "int",
            "Optional[bool]": "bool",
            "typing.Optional[float]": "float",
            "list[int | str] | None": "list",
            "tuple[int, ...]": "list",
            "collections.abc.Mapping[str, int]": "dict",
            "dict[str, list[int]]": "dict",
            "Literal['north', 'south']": "str",
            "int | str": "any",
            "Any": "any",
            "Direction": "any",
        }
        for declared, kind in kinds.items():
            self.assertEqual(kind_of(declared), kind, declared)

    def test_words(self):
        """A player reads words, not annotations; text needs none."""
        words = {
            "str": "",
            "str | None": "",
            "Direction": "",
            "int | str": "",
            "int | None": "whole number",
            "float": "number",
            "bool": "yes or no",
            "list[str]": "JSON list",
            "dict[str, int]": "JSON dict",
            "Literal['north', 'south']": "north or south",
            "list[Literal['north', 'south']]": "JSON list",
        }
        for declared, said in words.items():
            self.assertEqual(words_for(declared), said, declared)
