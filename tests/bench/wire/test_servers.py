"""The servers that are measured answer rightly, with all their parts and without."""

from __future__ import annotations

import subprocess
import sys
from functools import partial

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import cases, codec, subjects, workloads
from gameserver.bench.connection import Connection
from gameserver.bench.wire import memory, parts
from gameserver.bench.wire.ladder import STEPS, servers
from gameserver.bench.wire.subjects import bare_server, server_without, whole_server
from gameserver.errors import MeasurementFailed

SHORT = 0.05  # seconds
ALL = [part for part, _ in STEPS if part]


class BareTests(SynchronousTestCase):
    def setUp(self) -> None:
        running = bare_server(codec.in_use())()
        self.target = running.__enter__()
        self.addCleanup(running.__exit__, None, None, None)

    def test_calls(self) -> None:
        """Our broker with nothing behind it gives stock's answers, byte by byte."""
        for load in (workloads.GREET, workloads.MOVE):
            sample = cases.calls_case(load, 3, 4).measure(self.target, SHORT)
            self.assertGreater(sample.figures["calls_per_second"], 0)

    def test_notifications(self) -> None:
        """It tells a crowd what stock tells it."""
        sample = cases.notify_case(5).measure(self.target, SHORT)
        self.assertGreater(sample.figures["messages_per_second"], 0)

    def test_memory(self) -> None:
        """Logins take memory and time of the server."""
        sample = memory.log_in(self.target, 50)
        self.assertGreater(sample.figures["bytes_per_login"], 0)
        self.assertGreater(sample.figures["cpu_us_per_login"], 0)


class MemoryTests(SynchronousTestCase):
    def test_servers_of_their_own(self) -> None:
        """Each measurement has a server that has served nobody before."""
        shown: list[str] = []
        server = partial(subjects.started, "bare", _command())
        result = memory.measure([server], 2, 3, shown.append)
        self.assertEqual(result.case, "3 logins with a mind")
        self.assertEqual(len(result.samples["bare"]), 2)
        self.assertEqual(shown[-1], "round 2 of 2: 3 logins with a mind")


class CodecTests(SynchronousTestCase):
    def test_another_codec(self) -> None:
        """A server that has another codec than it should is not measured."""
        error = self.assertRaises(
            MeasurementFailed, bare_server("imagined", "ours").__call__().__enter__
        )
        self.assertIn("ours has another codec", str(error))

    def test_switch(self) -> None:
        """The pure codec is asked for by the environment, the other one is not."""
        self.assertEqual(codec.environment(codec.PURE)[codec.SWITCH], "1")
        self.assertNotIn(codec.SWITCH, codec.environment(codec.COMPILED))
        self.assertIn(codec.in_use(), codec.present())


class PartsTests(SynchronousTestCase):
    def test_without_all(self) -> None:
        """The server answers as ever when every part is taken out."""
        with server_without(codec.PURE, "bare bones", ALL)() as target:
            for load in (workloads.GREET, workloads.MOVE):
                cases.calls_case(load, 2, 4).measure(target, SHORT)
            cases.notify_case(3).measure(target, SHORT)

    def test_broker_without_limits(self) -> None:
        """Our broker answers as ever when it does not count."""
        with bare_server(codec.PURE, "unlimited", [parts.MESSAGES])() as target:
            cases.calls_case(workloads.GREET, 2, 4).measure(target, SHORT)

    def test_limits_are_taken_out(self) -> None:
        """A message that is too large for a player passes then, and not before."""
        stories = "x" * 30_000, "y" * 30_000, "z" * 30_000

        def asked(taken: list[str]) -> None:
            server = bare_server(codec.PURE, "bare", taken)
            with server() as target, Connection(target) as connection:
                connection.ask("greet", *stories)

        for taken, said in (([], "closed"), ([parts.MESSAGES], "takes 2 positional")):
            error = self.assertRaises(MeasurementFailed, asked, taken)
            self.assertIn(said, str(error))

    def test_each_alone(self) -> None:
        """All that is to be replaced is there, whatever else is taken out."""
        for part in (*ALL, parts.MESSAGES):
            done = subprocess.run(
                [sys.executable, "-c", _TAKEN.format(part)],
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual(done.stderr, "")

    def test_arguments(self) -> None:
        """Limits and types are taken out each by itself, in either order, and both."""
        taken = ([], ["types"], ["limits"], ["limits", "types"], ["types", "limits"])
        passed = ("", "type", "size", "size type", "size type")
        for parts_, expected in zip(taken, passed, strict=True):
            command = [sys.executable, "-c", _BOUND, *parts_]
            said = subprocess.run(command, capture_output=True, text=True, check=True)
            self.assertEqual(said.stdout.strip(), expected)

    def test_renamed(self) -> None:
        """A part that is not there any more is no free one."""
        error = self.assertRaises(AttributeError, parts._put, PartsTests, "gone", None)
        self.assertEqual(str(error), "PartsTests has no gone to be replaced")

    def test_ladder(self) -> None:
        """The ladder begins with stock and ends with the server as it is."""
        pure, compiled = servers(codec.PURE), servers(codec.COMPILED)
        self.assertIs(pure[0], subjects.stock)
        self.assertEqual(len(pure), len(STEPS) + 3)
        self.assertEqual(len(compiled), len(pure) - 1)


class WholeTests(SynchronousTestCase):
    def test_memory_and_codec(self) -> None:
        """The whole server says what the others say of themselves."""
        with whole_server(codec.PURE)() as target, Connection(target) as connection:
            self.assertGreater(connection.ask("memory"), 1 << 20)
            self.assertEqual(target.name, "ours, pure")


def _command() -> list[str]:
    return [sys.executable, "-m", "gameserver.bench.wire.bare"]


_BOUND = """
import sys
from gameserver.bench.wire.parts import take_out
from gameserver.errors import BadArguments
from gameserver.model.arguments import Limits, Signature

def perspective_greet(self, name: str): pass

greet = Signature(perspective_greet)
take_out(sys.argv[1:])
for what, value in (("size", "x" * 9), ("type", 1)):
    try:
        greet.bind([value], {}, Limits(max_string=8))
        print(what, end=" ")
    except BadArguments:
        pass
"""
_TAKEN = "from gameserver.bench.wire.parts import take_out; take_out(['{}'])"
