"""The peers' servers and clients, where they are installed."""

from __future__ import annotations

import asyncio
import sys

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from gameserver.bench.subjects import started
from gameserver.bench.wire import beside
from gameserver.bench.wire.peers.common import Loaded, Task, check, drive
from gameserver.errors import MeasurementFailed

SHORT = 0.05  # seconds
BY_MODULE = {peer.module: peer for peer in beside.PEERS}


class PeerTests(SynchronousTestCase):
    def measured(self, module: str) -> None:
        """Have a peer's client call its server in all ways that it can."""
        peer = BY_MODULE[module]
        if peer.version is None:
            raise SkipTest(f"{peer.name} is not installed: {beside.INSTALL}")
        command = [sys.executable, "-m", "gameserver.bench.wire.peers", peer.module]
        with started(peer.name, command) as target:
            for method, shape in (("greet", (1, 1)), ("move", (3, 2))):
                own = peer.shape(*shape)
                assert own is not None
                sample = beside.ask(peer, target, method, own, SHORT)
                self.assertTrue(all(sample.figures.values()), sample)
                self.assertGreater(sample.load_share, 0)

    def test_json_lines(self) -> None:
        """Lines of JSON over asyncio."""
        self.measured("json_lines")

    def test_rpyc(self) -> None:
        """RPyC with threads."""
        self.measured("rpyc_threads")

    def test_pyro(self) -> None:
        """Pyro5 with threads."""
        self.measured("pyro_threads")

    def test_grpc(self) -> None:
        """grpc.aio with JSON."""
        self.measured("grpc_aio")


class ShapeTests(SynchronousTestCase):
    def test_as_asked(self) -> None:
        """A peer without a limit has every shape."""
        self.assertEqual(BY_MODULE["json_lines"].shape(50, 64), (50, 64))

    def test_one_at_a_time(self) -> None:
        """One that waits for each answer has a few calls in flight, not many."""
        pyro = BY_MODULE["pyro_threads"]
        self.assertEqual(pyro.shape(50, 4), (50, 1))
        self.assertIsNone(pyro.shape(50, 64))


class MeasureTests(SynchronousTestCase):
    def test_interleaved(self) -> None:
        """Every case has a sample of each round; an absent peer has none."""
        absent = beside.Peer("Carrier pigeon", "pigeon", "no-such-package")
        peers = [BY_MODULE["json_lines"], absent]
        shown: list[str] = []
        results = beside.measure(peers, 1, SHORT, shown.append)
        self.assertEqual([one.case for one in results], list(beside.names()))
        for one in results:
            counts = {name: len(of) for name, of in one.samples.items()}
            self.assertEqual(counts, {"asyncio, JSON lines": 1})
        self.assertEqual(shown[-1], "round 1 of 1: move 50x64, asyncio, JSON lines")

    def test_failure(self) -> None:
        """A client that fails is an error with the peer's name."""
        peer = BY_MODULE["json_lines"]
        command = [sys.executable, "-m", "gameserver.bench.wire.peers", peer.module]
        with started(peer.name, command) as target:
            error = self.assertRaises(
                MeasurementFailed, beside.ask, peer, target, "vanish", (1, 1), SHORT
            )
        self.assertIn("asyncio, JSON lines, vanish: ", str(error))


class CommonTests(SynchronousTestCase):
    def test_wrong_answer(self) -> None:
        """Any answer but the right one ends the measurement."""
        check("Well met, ada.", Task("greet", 1, 1, SHORT).answer)
        self.assertRaises(MeasurementFailed, check, "Begone.", "Well met, ada.")

    def test_drive(self) -> None:
        """Calls are counted, timed and paid for; the warm-up is not."""
        task = Task("greet", 2, 3, SHORT)
        asked = 0

        async def call() -> object:
            nonlocal asked
            asked += 1
            await asyncio.sleep(0)
            return task.answer

        async def cpu() -> int:
            return asked * 1000

        loaded = asyncio.run(drive(task, [call, call], cpu))
        self.assertLess(0, len(loaded.delays))
        self.assertLess(len(loaded.delays), asked)
        figures = loaded.figures()
        self.assertAlmostEqual(figures["cpu_us_per_call"], 1.0)
        self.assertGreater(figures["calls_per_second"], 0)

    def test_clocks(self) -> None:
        """The server is asked for its clock while ours stand."""
        loaded = Loaded()
        loaded.begin(3_000_000_000)
        loaded.pause()
        wall = loaded.wall
        loaded.end(5_000_000_000)
        self.assertEqual((loaded.server, loaded.wall), (2.0, wall))
