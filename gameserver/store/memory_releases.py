"""The history of releases and plugin text without a file; see ``store.memory``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred, execute, succeed

from gameserver.errors import NotFound
from gameserver.model.release_row import CodeRow, Outcome, ReleaseRow
from gameserver.store import code_rules, release_json
from gameserver.store.code_rules import Newest


class MemoryReleases:
    """The history in a list."""

    def __init__(self) -> None:
        self._rows: list[ReleaseRow] = []

    def add(self, row: ReleaseRow) -> Deferred[int]:
        """Append one; give the number that it gets."""
        return execute(self._add, row)

    def rewrite(self, row: ReleaseRow) -> Deferred[None]:
        """Put a whole row in the place of the one of its number."""
        return execute(self._rewrite, row)

    def settle(
        self,
        number: int,
        outcome: Outcome,
        reason: str,
        ended: float,
        facts: dict[str, Any],
    ) -> Deferred[None]:
        """Note how it ended; ``NotFound`` if there is none of that number."""
        return execute(self._settle, number, outcome, reason, ended, facts)

    def get(self, number: int) -> Deferred[ReleaseRow]:
        """Give it whole; ``NotFound`` if there is none of that number."""
        return execute(lambda: _copy(self._found(number)))

    def newest(self, limit: int) -> Deferred[list[ReleaseRow]]:
        """Give at most ``limit``, newest first, without texts, diffs and plans."""
        return succeed([_listed(row) for row in self._rows[::-1][: max(0, limit)]])

    def _add(self, row: ReleaseRow) -> int:
        number = len(self._rows) + 1
        self._rows.append(_copy(replace(row, number=number)))
        return number

    def _rewrite(self, row: ReleaseRow) -> None:
        self._found(row.number)
        self._rows[row.number - 1] = _copy(row)

    def _settle(
        self,
        number: int,
        outcome: Outcome,
        reason: str,
        ended: float,
        facts: dict[str, Any],
    ) -> None:
        row = self._found(number)
        self._rows[number - 1] = replace(
            row,
            outcome=outcome,
            reason=reason,
            ended=ended,
            facts=release_json.read(release_json.facts(facts)),
        )

    def _found(self, number: int) -> ReleaseRow:
        last = len(self._rows)
        if not 0 < number <= last:
            there = f"1 to {last} expected" if last else "there is none yet"
            raise NotFound(f"release {number} seen, {there}")
        return self._rows[number - 1]


class MemoryCode:
    """Every revision of every module's text, a list for each module."""

    def __init__(self) -> None:
        self._rows: dict[str, list[CodeRow]] = {}

    def put(
        self,
        module: str,
        text: str | None,
        author: str,
        at: float,
        base: int,
        note: str = "",
    ) -> Deferred[CodeRow]:
        """Append a revision; ``StaleRevision`` if ``base`` is not the newest."""
        return execute(self._put, CodeRow(module, 0, author, at, text, note), base)

    def get(self, module: str, revision: int | None = None) -> Deferred[CodeRow]:
        """Give a revision, the newest for None; ``NotFound`` if there is none."""
        return execute(self._get, module, revision)

    def log(self, module: str) -> Deferred[list[CodeRow]]:
        """Give all revisions, newest first, with empty texts; see ``CodeStore``."""
        rows = self._rows.get(module, [])[::-1]
        return succeed(
            [row if row.text is None else replace(row, text="") for row in rows]
        )

    def current(self) -> Deferred[list[CodeRow]]:
        """Give the newest revision of each module that has a text, by name."""
        newest = (self._rows[module][-1] for module in sorted(self._rows))
        return succeed([row for row in newest if row.text is not None])

    def names(self) -> Deferred[list[str]]:
        """Give all modules that ever had a text, by name."""
        return succeed(sorted(self._rows))

    def _put(self, row: CodeRow, base: int) -> CodeRow:
        newest = self._newest(row.module)
        revision = code_rules.next_revision(
            row.module, newest, base, removes=row.text is None
        )
        new = replace(row, revision=revision)
        self._rows.setdefault(row.module, []).append(new)
        return new

    def _get(self, module: str, revision: int | None) -> CodeRow:
        newest = self._newest(module)
        last = newest.revision if newest else 0
        number = last if revision is None else revision
        if not 0 < number <= last:
            raise code_rules.missing(module, revision, newest)
        return self._rows[module][number - 1]

    def _newest(self, module: str) -> Newest | None:
        if module not in self._rows:
            return None
        row = self._rows[module][-1]
        return Newest(row.revision, row.author, row.text is not None)


def _copy(row: ReleaseRow) -> ReleaseRow:
    """Give a row as a database gives it, sharing no dict with what was given."""
    texts = release_json.full(row.modules, release_json.body(row))
    facts = release_json.read(release_json.facts(row.facts))
    return replace(row, facts=facts, **texts)


def _listed(row: ReleaseRow) -> ReleaseRow:
    modules = release_json.named(release_json.names(row))
    return replace(_copy(row), modules=modules, plan={}, shown="")
