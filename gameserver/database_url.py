"""The address of a database as a setting: a secret, shown without what is in it.

A wrong address is not repeated in a message either, but for its first word: where the
password stands in a text that cannot be read, nobody can say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

ENVIRONMENT = "GAMESERVER_DATABASE"
"""The environment variable that goes before the file of settings."""

_SCHEMES = ("postgresql", "postgresql+psycopg")
_BEGINNING = re.compile(r"[A-Za-z][\w+.-]*://")
_URL = re.compile(r"://[^\r\n]*")


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """The address of a PostgreSQL database; as a text it has no secrets.

    ``whole``: with the password, for the driver only.
    """

    whole: str = field(repr=False)

    def __str__(self) -> str:
        parts = urlsplit(self.whole)
        user, _, at = parts.netloc.rpartition("@")
        shown = (
            f"{user.partition(':')[0]}:***@" if ":" in user else f"{user}@" * bool(user)
        )
        return f"{parts.scheme}://{shown}{at}{unquote(parts.path)}"


@dataclass(frozen=True)
class DatabaseKind:
    """What ``server.database`` may be."""

    expected: str = (
        "postgresql://USER:PASSWORD@HOST/DATABASE, its special characters written %XX, "
        "or an empty text"
    )

    def accept(self, value: object, folder: Path) -> DatabaseUrl | None:
        """Refuse what is no such address, or has its password in a second place."""
        del folder
        if not isinstance(value, str):
            raise TypeError
        address = value.strip()
        if not address:
            return None
        if not address.isprintable() or " " in address:
            raise ValueError
        parts = urlsplit(address)
        _ = parts.port  # ValueError for a '/' or ':' in the password
        is_named = parts.hostname or "host" in parse_qs(parts.query)
        if parts.scheme not in _SCHEMES or "://" not in address or parts.fragment:
            raise ValueError
        if not is_named or len(parts.path) < len("/x"):
            raise ValueError
        if "password" in parse_qs(parts.query) or parts.netloc.count("@") > 1:
            raise ValueError
        return DatabaseUrl(address)

    def shown(self, value: object) -> object:
        """Give what a message may repeat of a wrong value."""
        if not isinstance(value, str):
            return type(value).__name__
        begins = _BEGINNING.match(value.strip())
        return f"{begins[0] if begins else ''}..."


def without_addresses(text: str) -> str:
    """Give a line of somebody's file with what follows ``://`` left out."""
    return _URL.sub("://...", text)
