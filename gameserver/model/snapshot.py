"""What a store sees of an avatar or service: a frozen row, nothing of the object."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The declared state of one avatar or service at one moment.

    ``kind`` and ``id`` name it: ``("avatar", "ada")``. ``version`` is the class's
    version at the time. ``state`` is JSON in UTF-8, an object of field to value.
    ``revision`` counts saves of this id from 1.
    """

    kind: str
    id: str
    version: int
    state: bytes
    revision: int
