"""Modules as they are loaded: what is remembered of each, for the plans to come."""

from __future__ import annotations

import linecache
import logging
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from gameserver.reload.effects import Effects
from gameserver.reload.hosts import hosts
from gameserver.reload.libraries import libraries
from gameserver.reload.linecaching import shown
from gameserver.reload.nested import is_nest
from gameserver.reload.outline import compiled, outline
from gameserver.reload.own_registries import own_puts
from gameserver.reload.patches import patches_of
from gameserver.reload.puts import puts_of
from gameserver.reload.reach import reach
from gameserver.reload.record import Record, is_folder, recorded
from gameserver.reload.refusal import looking_at
from gameserver.reload.text import Text
from gameserver.reload.tree import CodeTree

if TYPE_CHECKING:
    from types import CodeType, ModuleType

    from gameserver.reload.outline import Outline
    from gameserver.reload.source import Source

_log = logging.getLogger(__name__)


class Loading:
    """Enters modules among the engine's ``records``: loaded by import, or found later.

    ``begin`` and ``loaded`` are called around the run of a module's body.
    """

    def __init__(self, source: Source, records: dict[str, Record]) -> None:
        self._source = source
        self._records = records
        self._begun: dict[str, tuple[Outline, Effects]] = {}
        """Modules that are being loaded: their facts, and a watch on others' tables."""

    def record(self, name: str) -> Record | None:
        """Give what is known of a loaded module; one loaded unseen is looked at now."""
        found = self._records.get(name)
        module = sys.modules.get(name)
        if found is not None and found.module is module and not found.is_folder:
            return found
        self._records.pop(name, None)
        if module is None:
            return None
        text = self._source.read(name)
        if text is None:
            return None
        if is_folder(module):
            return self._folder(module, text, found)
        with looking_at(text):
            tree = CodeTree(compiled(text), text.source)
            self._enter(recorded(module, text, tree, game=self._records))
        return self._records[name]

    def _folder(
        self, module: ModuleType, text: Text, found: Record | None
    ) -> Record | None:
        """Give what is known of a folder that has a text now: that none has run.

        A module beside a folder of its name is another: it hides the folder.
        """
        if not text.is_package:
            return None
        if found is None or found.module is not module:
            empty = Text(text.name, b"", text.origin, is_package=True)
            found = Record(module, empty, CodeTree(compiled(empty), ""))
        self._records[text.name] = found
        return found

    def begin(self, text: Text) -> None:
        """Look at what a text that is about to run may change elsewhere."""
        with suppress(Exception):  # the import will say what is wrong
            facts = outline(text)
            reached = reach(facts.imports, self._records, {text.name})
            around = hosts(facts.imports, self._records)
            names = libraries(facts.imports, {*self._records, text.name}, [text])
            watch = Effects([*reached, *around], (), libraries=names)
            self._begun[text.name] = (facts, watch)

    def loaded(self, module: ModuleType, text: Text, code: CodeType) -> None:
        """Remember a module whose body has run; never raises."""
        facts, before = self._begun.pop(text.name, (None, None))
        try:
            tree = CodeTree(code, text.source)
            record = recorded(module, text, tree, game=self._records)
            if facts is not None:
                record.outline = facts
            self._enter(record, before)
        except Exception:  # noqa: BLE001 - an import never fails by our looking
            # plan() looks again, and says what is wrong
            _log.exception("%s runs, but could not be looked at", text.name)
        linecache.cache[text.origin] = shown(text)

    def _enter(self, record: Record, before: Effects | None = None) -> None:
        """Enter a loaded module, with what its text put into tables of others."""
        reached = reach(record.outline.imports, self._records, {record.name})
        others = self._records.values()
        known = {put.mark for one in others for put in one.puts}
        around = hosts(record.outline.imports, self._records)
        after = Effects([*reached, *around], ())
        record.enter_puts(puts_of(record.name, before, after, reached, known))
        if before is not None:
            theirs = {patch.mark for one in others for patch in one.patches}
            record.patches = patches_of(before, reached, theirs)
        record.enter_own(
            own_puts(
                record,
                after.sees,
                {*self._records, record.name},
                is_seen=before is not None,
            )
        )
        self._records[record.name] = record
        if self._begun:
            self._tell_importers(record)

    def _tell_importers(self, record: Record) -> None:
        """Let texts that are running know what a module was when they began to use it.

        It may be that one of them has imported it first.
        """
        nests = [one.value for one in record.puts if is_nest(one)]
        later = Effects([record], nests, self._records)
        for name, (_, watch) in list(self._begun.items()):
            if name in sys.modules:
                watch.extend(later)
            else:
                self._begun.pop(name, None)  # that import has failed
