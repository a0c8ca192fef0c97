"""Run one of Twisted's own test modules with our broker in the place of stock's.

``python -m tests.spread.swapped twisted.spread.test.test_pb``
"""

from __future__ import annotations

import sys
import unittest
from typing import Any

from twisted.spread import banana, jelly, pb
from twisted.trial.reporter import TestResult
from twisted.trial.runner import TestLoader

from gameserver.spread.banana import WireBanana
from gameserver.spread.broker import WireBroker
from gameserver.wire.codec import NAME, Decoder, decode, encode
from gameserver.wire.encoder import NotPlain
from gameserver.wire.limits import UNBOUNDED

_jelly, _unjelly = jelly.jelly, jelly.unjelly
_anything: Any = jelly.DummySecurityOptions


def jellied(value: Any, taster: Any = None, *given: Any, **named: Any) -> Any:
    """Jelly a value by our encoder, as far as it is plain and nothing else is said."""
    if taster is None and not given and not named:
        try:
            decoder = Decoder(UNBOUNDED, has_words=True)
            decoder.feed(encode(value))
            return decoder.take()[0]
        except NotPlain:
            pass
    return _jelly(value, taster or _anything(), *given, **named)


def unjellied(sexp: Any, taster: Any = None, *given: Any, **named: Any) -> Any:
    """Unjelly by our reader, as far as it is plain and nothing else is said."""
    if taster is None and not given and not named:
        try:
            return decode(sexp)
        except NotPlain:
            pass
    return _unjelly(sexp, taster or _anything(), *given, **named)


def swap(module: str) -> None:
    """Put our classes and functions where a test module looks stock's up."""
    pb.Broker = WireBroker
    pb.PBServerFactory.protocol = pb.PBClientFactory.protocol = WireBroker
    jelly.jelly, jelly.unjelly = jellied, unjellied
    if module.endswith("banana"):  # else it is the base that Broker asks for by name
        banana.Banana = WireBanana


def run(module: str) -> TestResult:
    """Run all tests of a module; print what failed, and how many ran."""
    suite = TestLoader().loadByName(module)
    result = TestResult()
    suite.run(result)
    for test, failure in [*result.failures, *result.errors]:
        sys.stdout.write(f"{test.id()} {failure}\n")
    sys.stdout.write(f"codec: {NAME}\n")
    sys.stdout.write(f"{result.successes} passed, {len(result.skips)} skipped\n")
    return result


if __name__ == "__main__":
    swap(sys.argv[1])
    sys.exit(not unittest.TestResult.wasSuccessful(run(sys.argv[1])))
