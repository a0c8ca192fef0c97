"""Accounts as data: one row per person, and the rule for a good name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from gameserver.errors import BadArguments
from gameserver.model.roles import Role

_LONGEST = 128
"""Characters beyond which a name is not normalised: that is quadratic in its length."""

_NAME = re.compile(r"[^\W_][\w-]{0,31}")


@dataclass(frozen=True, slots=True)
class Account:
    """One account as stored.

    ``name`` is the canonical spelling, also the avatar's id. ``password`` is an argon2
    hash in PHC string form. ``sealed_token`` is the app token's MD5, encrypted with a
    key outside the database. Either may be absent: then that way of login is closed.
    ``created``: seconds since the epoch.
    """

    name: str
    role: Role = Role.PLAYER
    password: str | None = field(default=None, repr=False)
    sealed_token: bytes | None = field(default=None, repr=False)
    created: float = 0.0


def checked_name(name: str) -> str:
    """Give the canonical spelling of a new account's name.

    1 to 32 letters, digits, ``_`` and ``-``, beginning with a letter or digit; Unicode
    in NFKC. Raises ``BadArguments`` that shows the value and the rule.
    """
    canonical = name[:_LONGEST]
    if len(name) <= _LONGEST:
        canonical = unicodedata.normalize("NFKC", name)
    if not _NAME.fullmatch(canonical):
        shown = name[:40]
        rule = "1 to 32 letters, digits, '_' or '-', beginning with a letter or digit"
        msg = f"the name {shown!r} cannot be used: expected {rule}"
        raise BadArguments(msg)
    return canonical


def name_key(name: str) -> str:
    """Give the form in which names that differ only in case are the same."""
    if len(name) > _LONGEST:
        return name[: _LONGEST + 1]  # nobody's: longer than the key of any account
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded)
