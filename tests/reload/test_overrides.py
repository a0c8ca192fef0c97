"""Texts over those of a source: in force until the source moves on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from gameserver.reload.overrides import Overrides
from gameserver.reload.source import Texts
from gameserver.reload.text import Text, text_from

texts = st.none() | st.sampled_from(["A = 1\n", "A = 2\n", "A = 3\n"])


def text_of(source: str | None) -> Text | None:
    return None if source is None else text_from("m", source, "<old>")


def content(text: Text | None) -> str | None:
    return None if text is None else text.source


def put(below: Texts, source: str | None) -> None:
    below.pop("m", None)
    if source is not None:
        below["m"] = source


class OverridesTests(SynchronousTestCase):
    """One module ``m``."""

    @given(texts, texts, texts)
    def test_in_force_until_edited(
        self, own: str | None, over: str | None, edited: str | None
    ) -> None:
        """The cover is read while the source has what it covers, and no longer."""
        below = Texts()
        put(below, own)
        source = Overrides(below)
        source.put({"m": text_of(over)}, "the text of release 3")
        self.assertEqual(content(source.read("m")), over)
        self.assertEqual("m" in source.names(), over is not None)
        put(below, edited)
        expected = over if edited == own else edited
        self.assertEqual(content(source.read("m")), expected)
        self.assertEqual("m" in source.names(), expected is not None)

    def test_same_text(self) -> None:
        """A cover with the source's own text covers nothing."""
        source = Overrides(Texts({"m": "A = 1\n"}))
        source.put({"m": text_of("A = 1\n")}, "the text of release 3")
        self.assertIsNone(source.cover("m"))

    def test_drop(self) -> None:
        """What is dropped is the source's again; what was kept can be put back."""
        source = Overrides(Texts({"m": "A = 1\n"}))
        source.put({"m": text_of("A = 2\n")}, "the text of release 3")
        covers = source.covers
        source.drop(["m", "other"])
        self.assertEqual(content(source.read("m")), "A = 1\n")
        source.covers = covers
        self.assertEqual(content(source.read("m")), "A = 2\n")
