"""Rows of every kind that a database can hold, for laws about all of them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from gameserver.model.account import Account, name_key
from gameserver.model.audit import AuditEntry
from gameserver.model.release_row import CodeRow, ModuleText, Outcome, ReleaseRow
from gameserver.model.roles import Role
from gameserver.model.snapshot import Snapshot

TEXT = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8
)
NAME = TEXT.filter(bool)
MOMENT = st.floats(allow_nan=False, allow_infinity=False)
STATE = st.dictionaries(TEXT, st.integers(-9, 9) | TEXT | MOMENT, max_size=3)


def states() -> st.SearchStrategy[bytes]:
    """Give what the server writes, and also what it never would."""
    written = STATE.map(lambda state: json.dumps(state).encode())
    return written | st.binary(max_size=8) | written.map(lambda one: b" " + one)


def snapshots() -> st.SearchStrategy[Snapshot]:
    numbers = st.integers(1, 2**31 - 1), st.integers(1, 2**63 - 1)
    version, revision = numbers
    return st.builds(Snapshot, NAME, NAME, version, states(), revision)


def accounts() -> st.SearchStrategy[Account]:
    secrets = st.none() | TEXT, st.none() | st.binary(max_size=8)
    return st.builds(Account, NAME, st.sampled_from(Role), *secrets, MOMENT)


def entries() -> st.SearchStrategy[AuditEntry]:
    return st.builds(AuditEntry, MOMENT, TEXT, TEXT, TEXT, TEXT, TEXT)


def objects() -> st.SearchStrategy[dict[str, Any]]:
    """Give dicts of JSON's types."""
    plain = st.none() | st.booleans() | st.integers() | MOMENT | TEXT
    values = st.recursive(
        plain, lambda one: st.lists(one) | st.dictionaries(TEXT, one), max_leaves=4
    )
    return st.dictionaries(TEXT, values, max_size=3)


def releases() -> st.SearchStrategy[ReleaseRow]:
    text = st.builds(ModuleText, TEXT, TEXT, st.none() | TEXT, TEXT)
    return st.builds(
        ReleaseRow,
        number=st.integers(1, 2**31 - 1),
        at=MOMENT,
        actor=TEXT,
        origin=TEXT,
        modules=st.lists(text, max_size=3).map(tuple),
        plan=objects(),
        shown=TEXT,
        pause=st.none() | MOMENT,
        outcome=st.sampled_from(Outcome),
        reason=TEXT,
        facts=objects(),
        ended=st.none() | MOMENT,
    )


def revisions() -> st.SearchStrategy[CodeRow]:
    number = st.integers(1, 2**31 - 1)
    return st.builds(CodeRow, TEXT, number, TEXT, MOMENT, st.none() | TEXT, TEXT)


def worlds() -> st.SearchStrategy[
    tuple[
        list[Snapshot],
        list[Account],
        list[AuditEntry],
        list[ReleaseRow],
        list[CodeRow],
    ]
]:
    """Give all rows of a database: no key twice."""
    return st.tuples(
        st.lists(snapshots(), max_size=5, unique_by=lambda one: (one.kind, one.id)),
        st.lists(accounts(), max_size=3, unique_by=lambda one: name_key(one.name)),
        st.lists(entries(), max_size=3),
        st.lists(releases(), max_size=3, unique_by=lambda one: one.number),
        st.lists(
            revisions(), max_size=3, unique_by=lambda one: (one.module, one.revision)
        ),
    )
