"""A short attack on a real server, by real sockets."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from gameserver.bench import codec
from gameserver.bench.wire.hostile.kinds import all_kinds
from gameserver.bench.wire.hostile.measure import CONTROL, measure
from gameserver.bench.wire.subjects import whole

CHOSEN = ("stranger: no Banana", "player: sets, one hash", "player: never reads")


class MeasureTests(SynchronousTestCase):
    def test_kinds(self) -> None:
        """Strangers and players attack, and the honest player is answered."""
        kinds = [kind for kind in all_kinds() if kind.case in CHOSEN]
        found = measure([codec.PURE], 1, 0.2, str, peers=2, kinds=kinds)
        self.assertEqual([one.case for one in found], [CONTROL, *CHOSEN])
        for one in found:
            (sample,) = one.samples[whole(codec.PURE)]
            self.assertGreater(sample.figures["calls_answered"], 0)
            self.assertGreater(sample.figures["turn_cpu_ms"], 0)
        attacked = found[2].samples[whole(codec.PURE)][0].figures
        self.assertGreater(attacked["cpu_ms_per_mb"], 0)
