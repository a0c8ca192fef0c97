"""A stock PB server that changes its code with ``twisted.python.rebuild``.

``python -m gameserver.bench.reload.stock PORT_FILE FOLDER LIVE`` reads the account's
secret from one line of standard input, imports the game from ``FOLDER``, makes that
many live objects of it, and stops at SIGTERM. Everything is as Twisted ships it.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor as installed_reactor
from twisted.python.rebuild import rebuild
from twisted.spread import pb
from zope.interface import implementer

from gameserver.bench import workloads
from gameserver.bench.durable.world import LEVEL
from gameserver.bench.reload.game import PLUGIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from zope.interface import Interface


class Keeper(pb.Avatar):
    """What each login may call."""

    def __init__(self, module: ModuleType, live: list[Any]) -> None:
        self._module, self._live = module, live

    def perspective_earn(self, amount: int) -> int:
        """Change one field of one object."""
        self._live[0].gold += amount
        return LEVEL

    def perspective_rebuild(self, version: int) -> str:
        """Rebuild; give milliseconds, and who runs the new code, as JSON."""
        held = self._module.version
        begun = time.perf_counter()
        rebuild(self._module, doLog=False)
        pause = time.perf_counter() - begun
        new = sum(one.version() == version for one in self._live)
        figures = {
            "pause_ms": pause * 1e3,
            "instances_new": new,
            "held_new": int(held() == version),
        }
        return json.dumps(figures)


@implementer(IRealm)
class KeeperRealm:
    """Gives each login an avatar, as the PB howto does."""

    def __init__(self, module: ModuleType, live: list[Any]) -> None:
        self._module, self._live = module, live

    def requestAvatar(
        self,
        avatarId: object,  # noqa: ARG002 - the interface's; one account for all
        mind: object,  # noqa: ARG002 - as above
        *interfaces: type[Interface],
    ) -> tuple[type[Interface], object, Callable[[], None]]:
        """Give the avatar and what its logout does."""
        if pb.IPerspective not in interfaces:
            raise NotImplementedError(interfaces)
        return pb.IPerspective, Keeper(self._module, self._live), lambda: None


def serve(reactor: Any, secret: bytes, port_file: Path, folder: str, live: int) -> None:  # noqa: ANN401 - many interfaces in one
    """Listen on loopback and tell the port; the caller runs the reactor."""
    sys.dont_write_bytecode = True  # two texts of one size within a second
    sys.path.insert(0, folder)
    module = importlib.import_module(PLUGIN)
    objects = [module.Lodger(number) for number in range(live)]
    checker = InMemoryUsernamePasswordDatabaseDontUse(**{workloads.ACCOUNT: secret})
    portal = Portal(KeeperRealm(module, objects), [checker])
    port = reactor.listenTCP(0, pb.PBServerFactory(portal), interface="127.0.0.1")
    port_file.write_text(f"pb {port.getHost().port}\n")


if __name__ == "__main__":
    password = sys.stdin.readline().strip().encode()
    file, place, number = sys.argv[1:]
    serve(installed_reactor, password, Path(file), place, int(number))
    installed_reactor.run()
