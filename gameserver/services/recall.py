"""Which release brought the texts that a start has found: read from the history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gameserver.model.release_row import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gameserver.interfaces import ReleaseStore
    from gameserver.model.release_row import ReleaseRow
    from gameserver.services.versions import Versions

_IN_FORCE = (Outcome.COMMITTED, Outcome.PERMANENT)


async def recall(
    rows: Iterable[ReleaseRow],
    store: ReleaseStore,
    runs: Callable[[str], str | None],
    versions: Versions,
) -> None:
    """Note for each module the newest release that has the text which it runs.

    ``rows``: newest first, as ``ReleaseStore.newest`` gives them. ``runs``: gives a
    module's text, None for one that is not there. A row is read whole only if it was
    in force and has a module that none has told of. Raises ``StoreError``.
    """
    for row in rows:
        if row.outcome in _IN_FORCE and any(
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
