"""The hostile peers: a process of its own, told on its input what to send.

``python -m gameserver.bench.wire.hostile.peers PORT ACCOUNT PEERS SECRET-ON-INPUT``.
Each further line of the input names a case, which begins at once, or is empty, which
ends it: then a line of JSON says what was done. It yields to everything else, so that
it is not what delays the honest player.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

from gameserver.bench import canned
from gameserver.bench.connection import HOST, PATIENCE, Connection, Target
from gameserver.bench.wire.hostile.kinds import ROOT, all_kinds
from gameserver.errors import MeasurementFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.bench.wire.hostile.kinds import Kind

_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""Closed at once, so that ports do not run out."""

_READ: Final = 1 << 16
_LOOK: Final = 0.2  # seconds between looks at whether it is over
_JOIN: Final = 2.0


class Assault:
    """So many connections of one kind, each of a thread of its own."""

    def __init__(self, kind: Kind, target: Target, peers: int) -> None:
        self._kind = kind
        self._target = target
        self._over = threading.Event()
        self._blocks: dict[object, list[bytes]] = {}
        self.opened = 0
        with self._connected() as (_, number):
            self._blocks[number] = kind.blocks(number)
        # Those that are at work would keep this one from starting the next.
        self._gate = threading.Event()
        self._threads = [
            threading.Thread(target=self._go_on, args=(at,), daemon=True)
            for at in range(peers)
        ]
        for thread in self._threads:
            thread.start()
        self._cpu, self._began = time.process_time(), time.perf_counter()
        self._gate.set()

    def ended(self) -> dict[str, float]:
        """End it; give how many connections there were, in how long, how busily."""
        seconds = time.perf_counter() - self._began
        found = {
            "opened": self.opened,
            "seconds": seconds,
            "share": (time.process_time() - self._cpu) / seconds,
        }
        self._over.set()
        for thread in self._threads:
            thread.join(_JOIN)
        return found

    def _go_on(self, at: int) -> None:
        self._gate.wait()
        while not self._over.is_set():
            at += 1
            with (
                suppress(OSError, MeasurementFailed),
                self._connected() as (peer, number),
            ):
                self.opened += 1
                blocks = self._blocks.get(number)
                if blocks is None:
                    blocks = self._blocks[number] = self._kind.blocks(number)
                self._pour(peer, memoryview(blocks[at % len(blocks)]))

    @contextmanager
    def _connected(self) -> Iterator[tuple[socket.socket, object]]:
        if self._kind.is_player:
            with Connection(self._target) as login:
                yield _ready(login.socket), login.perspective
        else:
            where = (HOST, self._target.port)
            with socket.create_connection(where, PATIENCE) as peer:
                peer.sendall(canned.OPENING)
                yield _ready(peer), ROOT

    def _pour(self, peer: socket.socket, block: memoryview) -> None:
        """Send a block over and over, until it is over or the server ends it."""
        reading = [peer] if self._kind.reads else []
        place = 0
        while not self._over.is_set():
            ready, free, _ = select.select(reading, [peer], [], _LOOK)
            if ready and not peer.recv(_READ):
                return
            if free:
                sent = peer.send(block[place : place + self._kind.piece])
                place = (place + sent) % len(block)
                if self._kind.rests and not place:
                    rest = self._kind.rests
                    self._over.wait(rest - time.time() % rest)
                if self._kind.drops and not place:
                    return


def _ready(peer: socket.socket) -> socket.socket:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.setblocking(False)  # noqa: FBT003 - the socket's signature
    return peer


def main(port: str, account: str, peers: str) -> None:
    """Do what the input says."""
    os.nice(19)
    secret = sys.stdin.readline().strip().encode()
    target = Target("hostile", int(port), account.encode(), secret)
    kinds = {kind.case: kind for kind in all_kinds()}
    assault = None
    for line in sys.stdin:
        if line.strip():
            assault = Assault(kinds[line.strip()], target, int(peers))
            said: dict[str, float] = {}
        elif assault is not None:
            said = assault.ended()
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
