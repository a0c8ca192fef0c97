"""What of a release is kept as JSON: its facts, its modules' names, and its body.

The body is what a list of releases does not need: texts, diffs, the plan and how it
was shown. Names and body belong together: the same modules in the same order.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gameserver.errors import StoreError
from gameserver.model.release_row import ModuleText

if TYPE_CHECKING:
    from gameserver.model.release_row import ReleaseRow


def as_json(what: str, value: object) -> bytes:
    """Write a value; ``StoreError`` names it if it is not of JSON's types.

    On one line, in UTF-8. Tuples come back as lists, keys as text.
    """
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        )
        return text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise StoreError(f"{what}: {error}: JSON's types expected") from error


def read(written: bytes) -> dict[str, Any]:
    """Read what ``as_json`` wrote of a dict."""
    value: dict[str, Any] = json.loads(written)
    return value


def facts(value: dict[str, Any]) -> bytes:
    """Write the figures of a release."""
    return as_json("facts of a release", value)


def names(row: ReleaseRow) -> bytes:
    """Write name and act of each module."""
    pairs = [(one.name, one.act) for one in row.modules]
    return as_json("modules of a release", pairs)


def body(row: ReleaseRow) -> bytes:
    """Write what only a whole release has."""
    texts = [(one.text, one.diff) for one in row.modules]
    whole = {"texts": texts, "plan": row.plan, "shown": row.shown}
    return as_json("texts and plan of a release", whole)


def named(names: bytes) -> tuple[ModuleText, ...]:
    """Read the modules without their texts."""
    return tuple(ModuleText(name, act, None, "") for name, act in json.loads(names))


def full(modules: tuple[ModuleText, ...], body: bytes) -> dict[str, Any]:
    """Read ``modules``, ``plan`` and ``shown`` of a row with the body."""
    found = json.loads(body)
    pairs = zip(modules, found["texts"], strict=True)
    texts = [ModuleText(one.name, one.act, *both) for one, both in pairs]
    return {"modules": tuple(texts), "plan": found["plan"], "shown": found["shown"]}
