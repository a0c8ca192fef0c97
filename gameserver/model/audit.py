"""Admin actions as data: who tried what, from where, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One admin action or refused try.

    ``when``: seconds since the epoch. ``who``: account or ``uid:N``. ``origin``:
    address of the connection. ``verb`` and ``target``: ``kick``, ``bob``. ``outcome``:
    ``done`` or ``refused: CODE``. Never holds a secret.
    """

    when: float
    who: str
    origin: str
    verb: str
    target: str
    outcome: str
