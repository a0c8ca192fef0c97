"""One adapter per tool: ``ALL`` are the public ones; the project's is beside it."""

from __future__ import annotations

from tests.reload.suite.adapters.base import Base
from tests.reload.suite.adapters.by_import import ImportlibReload, SwapPmnc, UnloadLoad
from tests.reload.suite.adapters.game_inplace import GameInplace
from tests.reload.suite.adapters.watchers import (
    Autoreload,
    AutoreloadFull,
    Hmr,
    Jurigged,
)
from tests.reload.suite.adapters.xreload import (
    Limeade,
    PloneXreload,
    PloneXreloadFixed,
    PydevdReload,
    TwistedRebuild,
)

__all__ = ["ALL", "Base"]

ALL: list[type[Base]] = [
    ImportlibReload,
    UnloadLoad,
    SwapPmnc,
    GameInplace,
    TwistedRebuild,
    PloneXreload,
    PloneXreloadFixed,
    PydevdReload,
    Limeade,
    Jurigged,
    Autoreload,
    AutoreloadFull,
    Hmr,
]
"""The peers, in the order of the matrix."""
