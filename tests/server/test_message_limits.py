"""What an operator lets arguments be comes through on the wire."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from gameserver.model.arguments import Limits, require_plain
from gameserver.server.message_limits import of_players
from gameserver.wire.codec import Decoder, encode
from gameserver.wire.decoder import Refused
from gameserver.wire.encoder import integer, list_of, string


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth - 1):
        value = [value]
    return value


class MessageLimitTests(SynchronousTestCase):
    """Arguments as large as they may be, in a call as PB sends it."""

    def comes_through(self, limits: Limits, *args: Any) -> bool:
        require_plain(args, limits)
        head = list_of(7) + string(b"message") + integer(2**31 - 1) * 2
        call = head + string(b"x" * 40) + integer(1) + encode(args) + encode({})
        decoder = Decoder(of_players(limits), has_words=True)
        decoder.feed(call)
        try:
            return len(decoder.take()) == 1
        except Refused:
            return False

    def test_as_large_as_may_be(self):
        """The longest text, the most values, the deepest list."""
        for limits in (
            Limits(),
            Limits(max_string=300_000),
            Limits(max_items=20_000),
            Limits(max_string=10, max_items=10, max_depth=3),
        ):
            text, many = limits.max_string, limits.max_items
            self.assertTrue(self.comes_through(limits, "x" * text))
            self.assertTrue(self.comes_through(limits, nested(limits.max_depth - 1)))
            self.assertTrue(self.comes_through(limits, ["x"] * (many - 2)))
            pairs = {one: one for one in range((many - 2) // 2)}
            self.assertTrue(self.comes_through(limits, pairs))

    def test_larger(self):
        """What is twice as large as any argument is refused on the wire."""
        large = Limits(max_string=10**6, max_items=10**6)
        for value in ("x" * 66_000, [1] * 20_000):
            require_plain((value,), large)
            decoder = Decoder(of_players(Limits()), has_words=True)
            decoder.feed(encode((value,)))
            self.assertRaises(Refused, decoder.take)
