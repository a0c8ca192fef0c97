"""All tools the suite can run: the peers, and this project's engine.

The engine's adapter imports ``adapters`` and ``lab`` by these bare names, so that the
same file serves other copies of the suite; here they mean this suite's modules.
"""

from __future__ import annotations

import importlib
import sys

from tests.reload.suite import adapters, lab

OWN = "gameserver"

PRELOADED = (
    "twisted.internet.defer",
    "twisted.internet.task",
    "twisted.spread.pb",
    "zope.interface",
)
"""What cases import; loaded once before the forks, which then share it."""


def own_tool() -> type[adapters.Base]:
    """Import the engine's adapter; raises ImportError where the engine is missing."""
    sys.modules.setdefault("adapters", adapters)
    sys.modules.setdefault("lab", lab)
    return importlib.import_module("tests.reload.adapter").Gameserver


def names() -> list[str]:
    """Name every tool, the project's own last."""
    return [*(tool.name for tool in adapters.ALL), OWN]


def find(name: str) -> type[adapters.Base] | None:
    """Give the tool of that name, or None where it is not installed."""
    if name == OWN:
        return own_tool()
    tool = next(tool for tool in adapters.ALL if tool.name == name)
    return tool if tool.installed() else None


def preload() -> None:
    """Import what many cases import."""
    for module in PRELOADED:
        importlib.import_module(module)
