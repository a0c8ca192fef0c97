"""Bytes and lists that are made by hand to be trouble, next to the fuzz."""

from __future__ import annotations

from tests.wire.alike import Odd
from tests.wire.stock import EDGES, WORDS_AS_DATA, stock_bytes

HOSTILE = (
    b"", b"\x80", b"\x00\x80", b"\x81", b"\x01", b"\x01\x80\x00\x80",
    b"\x01" * 64 + b"\x81", b"\x01" * 65, b"\x01" * 65 + b"\x81",
    b"\x01" + b"\x00" * 63 + b"\x81", b"\x00" * 64 + b"\x80", b"\x7f" * 64 + b"\x83",
    b"\x7f" * 9 + b"\x81", b"\x7f" * 9 + b"\x83", b"\x7f" * 10 + b"\x81",
    b"\x00" * 9 + b"\x01\x81", b"\x00" * 9 + b"\x01\x86", b"\x7f" * 60 + b"\x80",
    b"\x7f" * 9 + b"\x80", b"\x7f" * 60 + b"\x82", b"\x7f" * 9 + b"\x82",
    b"\x7f" * 60 + b"\x87", b"\x01" + b"\x00" * 8 + b"\x01\x87", b"\x01\x00\x87",
    b"\x20\x87", b"\x7f\x87", b"\x00\x01\x87", b"\x88", b"\xff", b"\x05\x8f",
    b"\x84abcdefg", b"\x84abcdefgh", b"\x84" + b"\xff" * 8, b"\x80\x01\x81" * 3,
    b"\x00\x00\x28\x80", b"\x01\x00\x28\x80", b"\x00\x00\x28\x82", b"\x01\x00\x28\x82",
    b"\x08\x80" + b"\x01\x81" * 8, b"\x09\x80" + b"\x01\x81" * 9, b"\x01\x80" * 7,
    b"\x02\x80\x02\x80\x01\x81\x02\x81\x03\x81", b"\x05\x82abcd", b"\x05\x82abcde\x99",
    stock_bytes(EDGES), stock_bytes(WORDS_AS_DATA), stock_bytes([[[[[[[[1]]]]]]]]),
)  # fmt: skip
"""Absurd numbers and words, long prefixes, lists and strings at their bounds."""
ODD_JELLY = (
    [], [[]], [b""], [1], [1.5], [None], ["list"], [b"unicode"], [b"unicode", b"\xff"],
    [b"unicode", b"\xed\xa0\x80"], [b"unicode", 5], [b"unicode", b"a", b"b"],
    [b"unicode", bytearray(b"x")], [b"None"], [b"None", 1], [b"boolean"],
    [b"boolean", b"true"], [b"boolean", b"true\0"], [b"boolean", b"false", 1],
    [b"boolean", []], [b"boolean", b"maybe"], [b"list"], [b"tuple"],
    [b"tuple", [b"tuple"]], [b"set"], [b"set", 1, True, 1.0], [b"set", [b"list"]],
    [b"frozenset", [b"frozenset"]], [b"dictionary"],
    [b"dictionary", [1, 2], [True, 3], [1.0, 4]], [b"dictionary", 1],
    [b"dictionary", [[b"list"], 1]], [b"dictionary", [1]], [b"dictionary", [1, 2, 3]],
    [b"dictionary", [1, [b"nonsense"]]], [b"dictionary", [[b"tuple", 1, [b"list"]], 1]],
    [b"dictionary", [float("nan"), 1], [float("nan"), 2]], [b"remote", 1],
    [Odd("list")],
    [b"list", [b"remote", 1]], [b"list", *range(2_000)], [b"x" * 300], 5, None, b"list",
    [b"set", *range(1_001)], [b"set", *range(1_000)], [b"list", (1, 2), {3}, object],
    [b"dictionary", *([n, n] for n in range(1_001))], [b"dictionary", *([[]] * 1_001)],
    [b"dictionary", *([[b"unicode", b"%d" % n], n] for n in range(1_001))],
)  # fmt: skip
