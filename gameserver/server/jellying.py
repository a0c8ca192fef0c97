"""Jelly, with nothing in it that a peer should not see."""

from __future__ import annotations

from typing import Any

from twisted.spread.jelly import InsecureJelly, _Jellier, globalSecurity


class StrictJellier(_Jellier):
    """Refuses what cannot be sent; stock PB sends its class name in its place."""

    def unpersistable(self, reason: str, sxp: object = None) -> object:  # noqa: ARG002 - the base's signature
        """Raise instead of writing the reason, which holds a class name."""
        raise InsecureJelly(reason)


def plain_jelly(value: object) -> Any:  # noqa: ANN401 - jelly
    """Jelly plain values; the same for every connection, so once is enough."""
    return StrictJellier(globalSecurity, None, None).jelly(value)
