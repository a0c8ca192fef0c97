"""A real server, cut off and killed: each call applied once, every answer delivered."""

from __future__ import annotations

import signal
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from gameserver.client import Backoff, GameClient
from gameserver.errors import Interrupted
from tests.client.case import States
from tests.end_to_end.cutting_proxy import DOWN, UP, Proxy
from tests.end_to_end.processes import RUN, SETTINGS, Place

GAME = '''\
"""Players who write down what is done to them."""

from twisted.internet.defer import Deferred

from gameserver import Avatar


class Player(Avatar):
    """One player."""

    applied: list[int] = []

    def perspective_apply(self, number: int) -> list[int]:
        """Note a number: apply 1."""
        self.applied.append(number)
        self.clients.notify("applied", number)
        return list(self.applied)

    async def perspective_dig(self) -> None:
        """Note a number, and never end."""
        self.applied.append(-1)
        await Deferred()
'''

LISTEN = SETTINGS.replace(', "tls:0:interface=127.0.0.1"', "")
CALLS = 10
STEP = 19  # bytes between two cuts; tests/client/test_cut.py cuts at each


class ResumingTests(TestCase):
    """One server process, its database on disk."""

    timeout = 90

    async def start(self) -> None:
        self.place = Place(self.addCleanup, GAME, LISTEN)
        self.place.people()
        self.server = await deferToThread(self.place.start, *RUN)
        self.port = self.place.ports["tcp"]

    async def entered(self, endpoint: str) -> GameClient:
        backoff = Backoff(base=0.01, cap=0.1)
        client = GameClient(endpoint, reactor=reactor, backoff=backoff)
        self.addCleanup(client.close)
        self.states = States(client)
        self.heard: list[Any] = []
        client.on("*", lambda *event: self.heard.append(event))
        await client.login_token("ada", self.place.tokens["ada"])
        return client

    async def test_cut(self) -> None:
        """Cut again and again, it is as if there had been one connection."""
        await self.start()
        proxy = await Proxy.start(self.port)
        self.addCleanup(lambda: Deferred.fromCoroutine(proxy.stop()))
        client = await self.entered(proxy.endpoint)
        before = dict(proxy.passed)
        await self.converse(client, 0)
        lengths = {way: proxy.passed[way] - before[way] for way in (UP, DOWN)}
        times = 1
        for way in (UP, DOWN):
            for offset in range(1, lengths[way], STEP):
                proxy.cut(way, offset)
                await self.converse(client, times)
                times += 1
        self.assertGreater(times, 20)
        self.assertGreaterEqual(self.states.names.count("resumed"), times - 2)
        resumed = {one for one in self.states if one[0] == "resumed"}
        self.assertEqual(resumed, {("resumed", True)})
        numbers = list(range(CALLS * times))
        applied = [("applied", number) for number in numbers]
        self.assertEqual(self.heard, applied)

    async def converse(self, client: GameClient, times: int) -> None:
        """Make ten calls at once, and see that each was applied once, in order."""
        first = CALLS * times
        calls = [client.call("apply", first + n) for n in range(CALLS)]
        answers = await gatherResults(calls)
        expected = [list(range(first + n + 1)) for n in range(CALLS)]
        self.assertEqual(answers, expected)

    async def test_killed(self) -> None:
        """Killed with calls in flight: each is applied once and answered.

        Events do not wait for the disk: one of a call that was not answered may have
        been told, and is told again when the call is carried out after the kill.
        """
        await self.start()
        pinned = LISTEN.replace("tcp:0:", f"tcp:{self.port}:")
        self.place.settings(pinned)
        client = await self.entered(f"tcp:127.0.0.1:{self.port}")
        unanswered: set[tuple[Any, ...]] = set()
        for times in range(3):
            first = CALLS * times
            calls = [client.call("apply", first + n) for n in range(CALLS)]
            await answered(calls[times])
            self.server.signal(signal.SIGKILL)
            open_calls = (n for n, one in enumerate(calls) if not one.called)
            unanswered.update(("applied", first + n) for n in open_calls)
            resumed = self.states.next("resumed")
            await self.server.has_ended()
            self.server = await deferToThread(self.place.start, *RUN)
            self.assertEqual(await resumed, (True,))
            answers = await gatherResults(calls)
            self.assertEqual(answers[-1], list(range(first + CALLS)))
            self.assertEqual([one[-1] for one in answers], answers[-1][first:])
        told = [event for event in self.heard if event[0] == "applied"]
        twice = {event for event in told if told.count(event) > 1}
        self.assertLessEqual(twice, unanswered)
        self.assertEqual(len(set(told)), CALLS * 3)
        marks = [event for event in self.heard if event[0] == "gameserver.dropped"]
        self.assertEqual(marks, [("gameserver.dropped", 0)] * 3)

    async def test_interrupted(self) -> None:
        """Killed in the middle of a call of several turns: it is not begun again."""
        await self.start()
        self.place.settings(LISTEN.replace("tcp:0:", f"tcp:{self.port}:"))
        client = await self.entered(f"tcp:127.0.0.1:{self.port}")
        dig = client.call("dig")
        await client.call("apply", 1)  # stored after what the other has begun with
        self.server.signal(signal.SIGKILL)
        await self.server.has_ended()
        await deferToThread(self.place.start, *RUN)
        await self.assertFailure(dig, Interrupted)
        self.assertEqual(await client.call("apply", 2), [-1, 1, 2])


def answered(call: Deferred[Any]) -> Deferred[None]:
    """Fire when a call is answered, and leave its answer where it is."""
    done: Deferred[None] = Deferred()

    def note(answer: object) -> object:
        done.callback(None)
        return answer

    call.addBoth(note)
    return done
