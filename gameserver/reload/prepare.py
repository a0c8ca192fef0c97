"""From texts to writes: stage the new versions, find what corresponds, lay down writes.

``stage`` runs the bodies, twice where registrations stand in the way (``puts.py``).
``lay_down`` looks at the live world and may be called again: the commit does so,
because players have gone on since the plan was made.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING

from gameserver.errors import ReleaseRefused
from gameserver.reload.attempt import Attempt
from gameserver.reload.laying import Laid, Laying
from gameserver.reload.patches import renewed_patches
from gameserver.reload.puts import present, renewed_puts
from gameserver.reload.reach import says_more
from gameserver.reload.renewal import renewed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FunctionType

    from gameserver.reload.newborn import Newborn
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.patches import Patch
    from gameserver.reload.puts import Put
    from gameserver.reload.record import Record
    from gameserver.reload.source import Source, Text
    from gameserver.reload.stage import Specs, Staged


class Preparation:
    """One release on its way from texts to writes."""

    def __init__(
        self,
        source: Source,
        records: Mapping[str, Record],
        specs: Specs,
        clock: Callable[[], float],
    ) -> None:
        self._source = source
        self._records = records
        self._specs = specs
        self._clock = clock
        self._attempt = Attempt(source, records, specs)
        self._found: dict[str, list[FunctionType]] = {}
        self.removed: tuple[str, ...] = ()

    @property
    def staged(self) -> dict[str, Staged]:
        """The staged modules, in order of their imports."""
        return self._attempt.staged

    @property
    def pairs(self) -> dict[str, Pairs]:
        """What corresponds, by module."""
        return self._attempt.pairs

    @property
    def newborn(self) -> Newborn:
        """The instances that the new bodies made of classes that live on."""
        return self._attempt.translation.newborn

    def stage(self, texts: Sequence[Text], removed: Sequence[str] = ()) -> None:
        """Run the new bodies and find what corresponds; ``ReleaseRefused`` if not."""
        self.removed = tuple(removed)
        puts = self._present(texts)
        try:
            self._attempt.run(texts)
        except ReleaseRefused as refused:
            if not puts or _is_its_own(refused):
                raise
            lifted = puts  # it may be that a registry refuses a name's second entry
        else:
            lifted = self._attempt.pair().gone
        if lifted:
            self.retire(is_refused=True)
            again = Attempt(self._source, self._records, self._specs, lifted)
            self._attempt = again
            again.run(texts)
            again.pair()
        self._attempt.settle()

    def _present(self, texts: Sequence[Text]) -> list[Put]:
        """Give what the texts in force had entered elsewhere, as far as it is there."""
        known = [(text, self._records.get(text.name)) for text in texts]
        puts = [
            put
            for text, old in known
            if old is not None and says_more(text, old)
            for put in old.puts
        ]
        return present(puts, self._attempt.watched(texts)) if puts else []

    def lay_down(self, *, is_at_once: bool = False) -> Laid:
        """Lay down all writes of the release, for the live world as it is now.

        ``is_at_once``: the last call was a moment ago, so what it found by a scan of
        the heap is what there is.
        """
        self._found = {} if not is_at_once else self._found
        laying = Laying(
            self._attempt, self._records, self.removed, self._found, self._clock
        )
        return laying.lay_down()

    def retire(self, *, is_refused: bool) -> None:
        """Let go of the classes that were only staged."""
        self._attempt.retire(is_refused=is_refused)

    def next_records(self, laid: Laid) -> dict[str, Record]:
        """Give the records of the staged modules, once the writes are applied."""
        return {
            name: renewed(
                staged,
                self.pairs.get(name),
                laid.merges.get(name),
                self._attempt.translation,
                self._puts(name, laid),
                self._patches(name),
            )
            for name, staged in self.staged.items()
        }

    def _puts(self, name: str, laid: Laid) -> list[Put]:
        translation = self._attempt.translation
        old = self.staged[name].old
        puts = old.puts if old is not None else []
        return renewed_puts(
            name, puts, self._attempt, translation, laid.stays, laid.kept
        )

    def _patches(self, name: str) -> list[Patch]:
        attempt = self._attempt
        again = attempt.patched.get(name, [])
        old = self.staged[name].old
        before = old.patches if old is not None else []
        return renewed_patches(name, attempt.watch, before, again)


def _is_its_own(refused: ReleaseRefused) -> bool:
    """Say whether a text failed by itself, not in a function that it called."""
    error = refused.__cause__
    if error is None or isinstance(error, SyntaxError):
        return True
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return not frames or frames[-1].f_code.co_name == "<module>"
