"""Which release brought the texts that a start has found: read from the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.model.release_row import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.interfaces import ReleaseStore
    from gameserver.model.release_row import ReleaseRow
    from gameserver.services.versions import Versions

_IN_FORCE = frozenset({Outcome.COMMITTED, Outcome.PERMANENT})
_WAS_IN_FORCE = frozenset({Outcome.UNDONE})


async def recall(
    rows: Iterable[ReleaseRow],
    store: ReleaseStore,
    runs: Callable[[str], str | None],
    versions: Versions,
) -> None:
    """Note for each module the newest release that has the text which it runs.

    One that was undone counts only where no other has that text: a start reads the
    sources, so a mistake that is still in them is back. ``rows``: newest first, as
    ``ReleaseStore.newest`` gives them. ``runs``: gives a module's text, None for one
    that is not there. A row is read whole only if it was in force and has a module that
    none has told of. Raises ``StoreError``.
    """
    known = list(rows)
    for outcomes in (_IN_FORCE, _WAS_IN_FORCE):
        wanted = (row for row in known if row.outcome in outcomes)
        await _recall(wanted, store, runs, versions)


async def _recall(
    rows: Iterable[ReleaseRow],
    store: ReleaseStore,
    runs: Callable[[str], str | None],
    versions: Versions,
) -> None:
    for row in rows:
        if any(
            runs(one.name) is not None and not versions.of(one.name)
            for one in row.modules
        ):
            whole = await store.get(row.number)
            same = [
                one.name
                for one in whole.modules
                if one.text is not None and runs(one.name) == one.text
            ]
            versions.recalled(row.number, same)
