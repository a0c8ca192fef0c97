"""Each log line of author code carries its release, by whatever way it comes."""

from __future__ import annotations

import io
import types
from typing import Any

from twisted.logger import (
    LogBeginner,
    Logger,
    LogPublisher,
    globalLogPublisher,
    textFileLogObserver,
)
from twisted.python import log as old_log
from twisted.python.log import LogPublisher as OldPublisher
from twisted.trial.unittest import SynchronousTestCase

from gameserver.services.release_log import begin_stamping


class StampCase(SynchronousTestCase):
    """A log with a file, as twistd has one; ``plugins.shop`` is of release 7."""

    def setUp(self) -> None:
        self.stream = io.StringIO()
        self.publisher = LogPublisher()
        self.stamp = begin_stamping(self.publisher)
        self.publisher.addObserver(textFileLogObserver(self.stream))
        self.stamp.release_of = {"plugins.shop": 7}.get

    def lines(self) -> list[str]:
        """Give what the file has, without the times."""
        return [x.partition(" ")[2] for x in self.stream.getvalue().splitlines()]

    def run_in(self, module: str, text: str, **names: object) -> None:
        """Run a text as a module's of this name."""
        home = types.ModuleType(module)
        vars(home).update(names)
        exec(text, vars(home))  # noqa: S102 - a test's own text


class LoggerTests(StampCase):
    """Lines of Twisted's ``Logger``."""

    def said(self, namespace: str, **fields: Any) -> list[str]:
        log = Logger(namespace, observer=self.publisher)
        log.info("{what} sold", what="a sword", **fields)
        return self.lines()

    def test_author(self) -> None:
        """They carry the release of their module."""
        expected = ["[plugins.shop#info release=7] a sword sold"]
        self.assertEqual(self.said("plugins.shop"), expected)

    def test_ours(self) -> None:
        """Those of the server do not."""
        self.assertEqual(
            self.said("gameserver.x"), ["[gameserver.x#info] a sword sold"]
        )

    def test_before(self) -> None:
        """None do before the game is there."""
        self.stamp = begin_stamping(LogPublisher())
        event: dict[str, Any] = {"log_namespace": "plugins.shop"}
        self.stamp(event)
        self.assertEqual(event, {"log_namespace": "plugins.shop"})

    def test_event(self) -> None:
        """The event has the number, but for a field of the author's own."""
        seen: list[Any] = []
        self.publisher.addObserver(seen.append)
        self.said("plugins.shop")
        self.said("plugins.shop", release="single")
        self.assertEqual([one["release"] for one in seen], [7, "single"])
        self.assertIn("release=7", seen[1]["log_system"])


class CallerTests(StampCase):
    """Lines that have no namespace: the caller's module is looked for."""

    def old(self, module: str, text: str) -> list[str]:
        log = OldPublisher(publishPublisher=self.publisher)
        self.run_in(module, text, log=log)
        return self.lines()

    def test_old_log(self) -> None:
        """``log.msg`` of author code is stamped, and names its module."""
        expected = ["[plugins.shop#info release=7] sold"]
        self.assertEqual(self.old("plugins.shop", "log.msg('sold')"), expected)

    def test_old_log_of_others(self) -> None:
        """That of a library is not, also where author code has called it."""
        self.assertEqual(self.old("library", "log.msg('sold')"), ["[-] sold"])

    def test_system(self) -> None:
        """A system that the author gave stays."""
        said = self.old("plugins.shop", "log.msg('sold', system='Till')")
        self.assertEqual(said, ["[Till release=7] sold"])

    def test_installed(self) -> None:
        """``twisted.python.log.msg`` itself leads to the log as this expects."""
        publisher = globalLogPublisher
        stamp = begin_stamping(publisher)
        self.addCleanup(publisher.removeObserver, stamp)
        stamp.release_of = {"plugins.shop": 8}.get
        seen: list[Any] = []
        publisher.addObserver(seen.append)
        self.addCleanup(publisher.removeObserver, seen.append)
        self.run_in("plugins.shop", "log.msg('sold')", log=old_log)
        self.assertEqual([one.get("release") for one in seen], [8])

    def test_print(self) -> None:
        """A line that is printed to a log, as twistd has it, is stamped."""
        stdio = types.SimpleNamespace(stdout=io.StringIO(), stderr=io.StringIO())
        warnings = types.SimpleNamespace(showwarning=None)
        beginner = LogBeginner(self.publisher, io.StringIO(), stdio, warnings)
        beginner.beginLoggingTo([])
        for module in ("plugins.shop", "library"):
            self.run_in(module, "print('a', 1, file=out)", out=stdio.stdout)
        printed = [one for one in self.lines() if one.startswith("[stdout")]
        self.assertEqual(printed, ["[stdout#info release=7] a 1", "[stdout#info] a 1"])
