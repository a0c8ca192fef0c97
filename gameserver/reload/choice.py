"""Which modules a plan is of: those whose texts are other than the ones in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gameserver.errors import ReleaseRefused
from gameserver.reload.plan import ModuleChange, diff
from gameserver.reload.ran import running_again

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from gameserver.reload.loading import Loading
    from gameserver.reload.record import Record
    from gameserver.reload.source import Source, Text


@dataclass(frozen=True, slots=True)
class Choice:
    """Compares what a source has now with what is loaded."""

    source: Source
    records: Mapping[str, Record]
    loading: Loading

    def changed(
        self, names: Iterable[str] | None, remove: tuple[str, ...]
    ) -> tuple[list[Text], tuple[str, ...]]:
        """Give the texts that are to run, and the names of the modules that go."""
        wanted = self._wanted(names)
        texts: list[Text] = []
        named: list[Text] = []
        gone = self._removed(remove)
        for name in wanted:
            if name in gone:
                continue
            text = self.source.read(name)
            known = self.records.get(name)
            record = self.loading.record(name)
            if text is None:
                if names is None and known is not None and known.is_folder:
                    continue  # its text has gone before it was released
                if names is not None or record is None:
                    file = record.text.origin if record else "<no file>"
                    reason = "there is no text for it; was the file removed?"
                    raise ReleaseRefused(file, reason, name, "read")
                gone.append(name)
            elif record is None or _is_other(record, text):
                texts.append(text)
            if text is not None and names is not None:
                named.append(text)
        texts += running_again(self.records, named, {one.name for one in texts})
        return texts, tuple(gone)

    def _wanted(self, names: Iterable[str] | None) -> list[str]:
        """Give the names of the modules to look at."""
        if isinstance(names, str):
            raise TypeError(
                f"plan({names!r}): expected some names, such as [{names!r}]"
            )
        if names is None:
            return sorted({*self.records, *self.source.names()})
        return list(dict.fromkeys(names))

    def _removed(self, remove: Iterable[str]) -> list[str]:
        """Give the names of the modules that are to go, text or no text."""
        gone = list(remove)
        for name in gone:
            if self.loading.record(name) is None:
                reason = "it is to be removed, but is no loaded module of the source"
                raise ReleaseRefused("<no file>", reason, name, "read")
        return gone

    def changes(
        self, texts: Iterable[Text], removed: Iterable[str]
    ) -> Iterator[ModuleChange]:
        """Give what becomes of each module."""
        for text in texts:
            old = self.records.get(text.name)
            before = old.text if old else None
            act = "changed" if old else "added"
            yield ModuleChange(text.name, act, text.origin, diff(before, text))
        for name in removed:
            before = self.records[name].text
            yield ModuleChange(name, "removed", before.origin, diff(before, None))


def _is_other(record: Record, text: Text) -> bool:
    """Say whether a text is to be released; a folder's first one is, be it empty."""
    return record.is_folder or record.text.digest != text.digest
