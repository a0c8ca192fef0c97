"""Functions that somebody waits in, or has promised to call."""

from __future__ import annotations

import asyncio

from tests.reload.suite.lab import case


@case("functions")
def generator_in_flight_calls_new_helper(lab):
    """A generator that is under way calls the new functions."""
    m = lab.load("m", "def h(): return 'old'\ndef g():\n    yield 1\n    yield h()\n")
    gen = m.g()
    next(gen)
    lab.reload("m", "def h(): return 'new'\ndef g():\n    yield 1\n    yield h()\n")
    lab.eq(next(gen), "new")


@case("functions")
def async_def_held(lab):
    """A held coroutine function runs its new body."""
    m = lab.load("m", "async def f(): return 1")
    f = m.f
    lab.reload("m", "async def f(): return 2")
    lab.eq(asyncio.run(f()), 2)


@case("functions")
def deferred_callback_bound_method(lab):
    """A bound method added to a Deferred before the change runs the new body."""
    from twisted.internet import defer

    m = lab.load("m", "class A:\n    def cb(self, r): return r + ['old']")
    d = defer.Deferred().addCallback(m.A().cb)
    lab.reload("m", "class A:\n    def cb(self, r): return r + ['new']")
    out = []
    d.addCallback(out.append)
    d.callback([])
    lab.eq(out, [["new"]])


@case("functions")
def inline_callbacks_in_flight(lab):
    """An inlineCallbacks function under way, and a held one, call new functions."""
    from twisted.internet import defer

    src = """
    from twisted.internet import defer
    def h(): return '%s'
    @defer.inlineCallbacks
    def go(d):
        x = yield d
        return (x, h())
    """
    m = lab.load("m", src % "old")
    d = defer.Deferred()
    r = m.go(d)
    go = m.go
    lab.reload("m", src % "new")
    out = []
    r.addCallback(out.append)
    d.callback(5)
    lab.eq(out, [(5, "new")])
    out2 = []
    go(defer.succeed(6)).addCallback(out2.append)
    lab.eq(out2, [(6, "new")])


@case("functions")
def looping_call_function(lab):
    """A LoopingCall ticks on into the new body."""
    from twisted.internet import task

    m = lab.load("m", "OUT = []\ndef tick(out): out.append('old')")
    out, clk = [], task.Clock()
    lc = task.LoopingCall(m.tick, out)
    lc.clock = clk
    lc.start(1, now=False)
    clk.advance(1)
    lab.reload("m", "OUT = []\ndef tick(out): out.append('new')")
    clk.advance(1)
    lab.eq(out, ["old", "new"])
