"""Lines of author code by ``logging`` and ``print``."""

from __future__ import annotations

import io
import logging
import types
from typing import Any

from twisted.logger import LogLevel
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.author_lines import PassedOn, StampedStream
from gameserver.services.release_log import ReleaseStamp


class PassedOnTests(SynchronousTestCase):
    """What ``logging`` takes from the loggers of plugins."""

    def setUp(self) -> None:
        self.seen: list[Any] = []
        self.top = logging.getLogger(f"authors_{self.id()}".replace(".", "_"))
        self.top.propagate = False  # whatever runs the tests listens at the root
        self.top.addHandler(PassedOn(self.seen.append))
        self.log = self.top.getChild("shop")

    def test_passed(self) -> None:
        """A record becomes an event with the logger's name as its namespace."""
        self.log.setLevel(logging.DEBUG)
        self.log.warning("%s {sold}", "a sword")
        self.log.debug("cheap")
        (event, cheap) = self.seen
        self.assertEqual(event["log_namespace"], self.log.name)
        self.assertEqual(
            (event["text"], event["log_level"]), ("a sword {sold}", LogLevel.warn)
        )
        self.assertIs(cheap["log_level"], LogLevel.debug)

    def test_error(self) -> None:
        """An exception comes with it."""
        try:
            int("no")
        except ValueError as error:
            self.log.exception("not sold")
            self.assertIs(self.seen[0]["log_failure"].value, error)

    def test_configured(self) -> None:
        """An author who has a handler has the lines there, and there alone."""
        own = logging.StreamHandler(io.StringIO())
        for logger in (self.log, self.top):
            logger.addHandler(own)
            self.log.warning("sold")
            logger.removeHandler(own)
        self.assertEqual((self.seen, own.stream.getvalue()), ([], "sold\nsold\n"))

    def test_null(self) -> None:
        """A handler that writes nothing does not count."""
        self.log.addHandler(logging.NullHandler())
        self.log.warning("sold")
        self.assertEqual(len(self.seen), 1)


class StreamTests(SynchronousTestCase):
    """What author code prints."""

    def setUp(self) -> None:
        self.stream = io.StringIO()
        self.stamp = ReleaseStamp()
        self.stamp.release_of = {"plugins.shop": 7}.get
        self.out = StampedStream(self.stream, self.stamp)

    def printed(self, text: str, module: str = "plugins.shop") -> str:
        home = types.ModuleType(module)
        vars(home)["out"] = self.out
        exec(text, vars(home))  # noqa: S102 - a test's own text
        return self.stream.getvalue()

    def test_line(self) -> None:
        """Each line begins with module and release, however many writes it takes."""
        mark = "[plugins.shop release=7] "
        said = self.printed("print('a', 1, file=out); print('b\\nc\\x0cd', file=out)")
        self.assertEqual(said, f"{mark}a 1\n{mark}b\n{mark}c\x0cd\n")

    def test_others(self) -> None:
        """What others write goes out as it is."""
        self.assertEqual(self.printed("print('a', file=out)", "library"), "a\n")

    def test_length(self) -> None:
        """``write`` tells the length of what it was given."""
        self.printed("n = out.write('abc'); print(n, file=out)")
        self.assertEqual(self.stream.getvalue(), "[plugins.shop release=7] abc3\n")

    def test_stream(self) -> None:
        """All else is the stream's own."""
        self.assertEqual(self.out.tell(), 0)
        self.assertFalse(self.out.isatty())
