"""Measure rebuilds in a stock server, while clients are at work."""

from __future__ import annotations

import json
import secrets
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final

from gameserver.bench import workloads
from gameserver.bench.connection import Connection, Target
from gameserver.bench.reload.crowd import Crowd
from gameserver.bench.reload.game import PLUGIN, stock_text
from gameserver.bench.reload.heard import answers, text_of
from gameserver.bench.reload.plan import EARN, REBUILD
from gameserver.bench.subjects import first_port, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gameserver.bench.durable.measured import Measured
    from gameserver.bench.reload.plan import Sizes

    Progress = Callable[[str], None]

_SPELL: Final = 0.5  # seconds of work before and after each


def measure_stock(
    into: Measured, sizes: Sizes, folder: Path, progress: Progress
) -> None:
    """Measure rebuilds in a stock server with as many objects and clients."""
    place = folder / "stock"
    place.mkdir()
    with ExitStack() as stack:
        progress(f"stock server with {sizes.live:,} objects")
        target = stack.enter_context(_stock(place, sizes.live))
        asked = stack.enter_context(Connection(target))
        crowd = stack.enter_context(Crowd([target] * sizes.clients, EARN))
        for number in range(sizes.releases):
            progress(f"rebuild {number + 1} of {sizes.releases}")
            time.sleep(_SPELL)
            (place / f"{PLUGIN}.py").write_text(stock_text(number + 2))
            begun = time.perf_counter()
            figures: dict[str, Any] = json.loads(
                text_of(asked.ask("rebuild", number + 2))
            )
            time.sleep(_SPELL)
            into.add(REBUILD, {**figures, **answers(crowd, begun)})


@contextmanager
def _stock(place: Path, live: int) -> Iterator[Target]:
    (place / f"{PLUGIN}.py").write_text(stock_text(1))
    secret, port_file = secrets.token_hex(16), place / "port"
    module = "gameserver.bench.reload.stock"
    command = [sys.executable, "-m", module, str(port_file), str(place), str(live)]
    with running(command, place, f"{secret}\n") as server:
        port = first_port(port_file, server)
        yield Target("stock", port, workloads.ACCOUNT.encode(), secret.encode())
