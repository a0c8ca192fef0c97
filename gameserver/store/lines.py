"""Rows of a database as lines of JSON, and back without loss.

An export is a line that says what it is, a line for each row, and a line that says how
many there were: without that, a part of an export would be taken for the whole.
A state is written as the JSON that it is, byte for byte; one that is no object of JSON
on one line, which no server writes, as base64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import msgspec

from gameserver.model.account import Account
from gameserver.model.audit import AuditEntry
from gameserver.model.release_row import CodeRow, ModuleText, Outcome, ReleaseRow
from gameserver.model.roles import Role  # noqa: TC001 - msgspec reads annotations
from gameserver.model.snapshot import Snapshot
from gameserver.store import release_json

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = 3
"""What this program writes, and the newest that it reads.

1: snapshots, accounts and the audit trail. 2: releases and code as well. 3: how many
commits the database counted.
"""

Row: TypeAlias = Snapshot | Account | AuditEntry | ReleaseRow | CodeRow


class _Strict(msgspec.Struct, forbid_unknown_fields=True):
    """A line whose keys are exactly those that are declared."""


class Head(_Strict, tag="gameserver-export", tag_field="line"):
    """The first line; ``commits``: what the database counted, 0 if not known."""

    format: int
    commits: Annotated[int, msgspec.Meta(ge=0, le=2**62)] = 0


class End(_Strict, tag="end", tag_field="line"):
    """The last line: how many rows there were of each kind."""

    snapshots: int
    accounts: int
    audit: int
    releases: int = 0
    revisions: int = 0


_Number: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class _Snapshot(_Strict, tag="snapshot", tag_field="line", omit_defaults=True):
    kind: str
    id: str
    version: _Number
    revision: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
    state: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    state_base64: bytes | msgspec.UnsetType = msgspec.UNSET

    def row(self) -> Snapshot:
        """Give the row; ``ValueError`` for a state that is none, or given twice."""
        if isinstance(self.state_base64, bytes):
            if self.state is not msgspec.UNSET:
                raise ValueError("state and state_base64 seen, one of them expected")
            state = self.state_base64
        elif self.state is msgspec.UNSET:
            raise ValueError("no state seen, an object expected")
        else:
            state = bytes(self.state)
            if not _is_object(state):
                raise ValueError(f"state {_excerpt(state)} seen, an object expected")
        return Snapshot(self.kind, self.id, self.version, state, self.revision)


class _Account(_Strict, tag="account", tag_field="line"):
    name: Annotated[str, msgspec.Meta(min_length=1)]
    role: Role
    password: str | None
    sealed_token: bytes | None
    created: float

    def row(self) -> Account:
        """Give the row."""
        return Account(
            self.name, self.role, self.password, self.sealed_token, self.created
        )


class _Entry(_Strict, tag="audit", tag_field="line"):
    when: float
    who: str
    origin: str
    verb: str
    target: str
    outcome: str

    def row(self) -> AuditEntry:
        """Give the row."""
        return AuditEntry(
            self.when, self.who, self.origin, self.verb, self.target, self.outcome
        )


class _Module(_Strict):
    name: str
    act: str
    text: str | None
    diff: str


class _Release(_Strict, tag="release", tag_field="line"):
    number: _Number
    at: float
    actor: str
    origin: str
    modules: list[_Module]
    plan: msgspec.Raw
    shown: str
    pause: float | None
    outcome: Outcome
    reason: str
    facts: msgspec.Raw
    ended: float | None

    @classmethod
    def of(cls, row: ReleaseRow) -> _Release:
        """Give the line of a row."""
        return cls(
            number=row.number,
            at=row.at,
            actor=row.actor,
            origin=row.origin,
            modules=[_Module(o.name, o.act, o.text, o.diff) for o in row.modules],
            plan=msgspec.Raw(release_json.as_json("plan", row.plan)),
            shown=row.shown,
            pause=row.pause,
            outcome=row.outcome,
            reason=row.reason,
            facts=msgspec.Raw(release_json.facts(row.facts)),
            ended=row.ended,
        )

    def row(self) -> ReleaseRow:
        """Give the row; ``ValueError`` for a plan or facts that are no object."""
        texts = [ModuleText(o.name, o.act, o.text, o.diff) for o in self.modules]
        return ReleaseRow(
            number=self.number,
            at=self.at,
            actor=self.actor,
            origin=self.origin,
            modules=tuple(texts),
            plan=_object("plan", self.plan),
            shown=self.shown,
            pause=self.pause,
            outcome=self.outcome,
            reason=self.reason,
            facts=_object("facts", self.facts),
            ended=self.ended,
        )


class _Revision(_Strict, tag="revision", tag_field="line"):
    module: str
    revision: _Number
    author: str
    at: float
    text: str | None
    note: str

    def row(self) -> CodeRow:
        """Give the row."""
        return CodeRow(
            self.module, self.revision, self.author, self.at, self.text, self.note
        )


Line: TypeAlias = Head | End | _Snapshot | _Account | _Entry | _Release | _Revision
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)
_state_decoder = msgspec.json.Decoder(dict[str, Any])
_SECRETS = (b'"password"', b'"sealed_token"')
_SHOWN = 60  # bytes of a wrong value that a message repeats


def head(commits: int) -> bytes:
    """Give the first line, with its end."""
    return _encoder.encode(Head(FORMAT, commits)) + b"\n"


def end(written: Mapping[str, int]) -> bytes:
    """Give the last line, with its end."""
    counts = {name: written.get(name, 0) for name in End.__struct_fields__}
    return _encoder.encode(End(**counts)) + b"\n"


def line(row: Row) -> bytes:
    """Give a row's line, with its end."""
    return _encoder.encode(_written(row)) + b"\n"


def parsed(text: bytes) -> Head | End | Row:
    """Read one line; ``ValueError`` says what was seen and what was expected."""
    try:
        read = _decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(f"{_excerpt(text)} seen: {error}") from error
    return read if isinstance(read, Head | End) else read.row()


def _written(row: Row) -> Line:
    if isinstance(row, AuditEntry):
        return _Entry(row.when, row.who, row.origin, row.verb, row.target, row.outcome)
    if isinstance(row, Account):
        return _Account(row.name, row.role, row.password, row.sealed_token, row.created)
    if isinstance(row, ReleaseRow):
        return _Release.of(row)
    if isinstance(row, CodeRow):
        return _Revision(
            row.module, row.revision, row.author, row.at, row.text, row.note
        )
    numbered = _Snapshot(row.kind, row.id, row.version, row.revision)
    if _is_object(row.state) and _is_bare(row.state):
        numbered.state = msgspec.Raw(row.state)
    else:
        numbered.state_base64 = row.state
    return numbered


def _is_bare(state: bytes) -> bool:
    """Say whether a state comes back as it is: on one line, without blanks around."""
    return state[:1] == b"{" and state[-1:] == b"}" and not set(state) & set(b"\r\n")


def _object(what: str, written: msgspec.Raw) -> dict[str, Any]:
    if not _is_object(bytes(written)):
        raise ValueError(f"{what} {_excerpt(bytes(written))} seen, an object expected")
    return release_json.read(bytes(written))


def _is_object(state: bytes) -> bool:
    try:
        _state_decoder.decode(state)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _excerpt(text: bytes) -> str:
    """Give the beginning of a line, up to what is a secret."""
    ends = [found for one in _SECRETS if (found := text.find(one)) >= 0]
    shown = text[: min([_SHOWN, *ends])]
    dots = "" if len(shown) == len(text) else "..."
    return repr(shown.decode("utf-8", "replace") + dots)
