"""Lay down what becomes of the fields of a module's own objects (``own_fields.py``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.reload.fields import dict_of, named_fields, slots_of
from gameserver.reload.instances import is_known
from gameserver.reload.kinds import module_of, mro_of
from gameserver.reload.own_fields import is_plain
from gameserver.reload.plan import Entry
from gameserver.reload.reasons import Reasons
from gameserver.reload.succession import STAYS
from gameserver.reload.verdict import MISSING, Verdict
from gameserver.reload.views import STAGE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.judgement import Judge, Judgement
    from gameserver.reload.own_fields import Single
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.translate import Translation

BOTH = "changed in the text and at run time; the live value stays"
DROPPED = "the text sets it no more, but it changed at run time; the live value stays"
ROLLED = "the text makes another value; an instance of a known class keeps its own"


class FieldMerge:
    """Lays down what becomes of the fields of one module's objects."""

    def __init__(
        self, pairs: Pairs, translation: Translation, judge: Judge, desk: ModuleDesk
    ) -> None:
        self._pairs = pairs
        self._translation = translation
        self._judge = judge
        self._desk = desk

    def lay_down(self) -> None:
        """Lay down the writes, and tell the plan of them."""
        for one in self._pairs.singles:
            for name in self._reasoned(one):
                self._field(one, name)

    def _reasoned(self, one: Single) -> list[str]:
        if one.differing and not one.is_judged:
            one.explained = list(self._explained(one))
        one.is_judged = True
        return one.explained

    def _explained(self, one: Single) -> Iterator[str]:
        if self._pairs.reasons is None:
            self._pairs.reasons = reasons_of(self._pairs)
        reasons = self._pairs.reasons
        if not reasons.of(one.path.partition(".")[0].partition("[")[0]):
            return
        kinds = mro_of(type(one.live))[:-1]
        is_mixed = any(module_of(kind) not in self._pairs.game for kind in kinds)
        for name in one.differing:
            if reasons.of_field(name) and (not is_mixed or reasons.mention(name)):
                yield name

    def _field(self, one: Single, name: str) -> None:
        path = f"{one.path}.{name}"
        if not is_plain(self._pairs, type(one.live)):
            if is_known(type(one.live)):
                self._note("kept", path, ROLLED)
            return
        initial = one.base.get(name, MISSING)
        live = named_fields(one.live).get(name, MISSING)
        fresh = named_fields(one.staged).get(name, MISSING)
        staged = fresh if fresh is MISSING else self._translation(fresh)
        if self._judge.is_leaving(live):
            self._note(STAYS.kind, path, STAYS.why)
            return
        found = self._judge(path, initial, live, staged, None, None)
        if found.found is Verdict.REMOVE and not self._desk.same(initial, live):
            self._note(Verdict.CONFLICT.value, path, DROPPED)
        elif found.found is Verdict.CONFLICT:
            self._note(found.found.value, path, found.conflict or BOTH)
        elif found.found is not Verdict.KEEP:
            self._note(found.found.value, path, "")
            self._write(one.live, name, found)

    def _write(self, subject: Any, name: str, one: Judgement) -> None:  # noqa: ANN401 - any object of a game
        fields = dict_of(subject)
        in_dict = fields is not None and name not in slots_of(type(subject))
        if one.found is Verdict.REMOVE:
            if in_dict and fields is not None:
                self._desk.drop(fields, name)
            else:
                self._desk.delete(subject, name)
        elif in_dict and fields is not None:
            self._desk.put(fields, name, one.value)
        else:
            self._desk.set(subject, name, one.value)

    def _note(self, kind: str, path: str, why: str) -> None:
        desk = self._desk
        name = path.partition(".")[0].partition("[")[0]
        line = desk.outline.fields.get(path) or desk.outline.line("", name)
        entry = Entry(kind, desk.name, path, desk.origin, line, why)
        desk.entries[entry] = None


def reasons_of(pairs: Pairs) -> Reasons:
    """Give the words of a module's two texts."""
    stage = pairs.staged.namespace[STAGE]
    froms = {
        one.alias: one.module
        for facts in (pairs.old.outline, pairs.staged.outline)
        for one in facts.from_imports
    }

    def is_other(name: str) -> bool:
        staged = stage.modules.get(froms.get(name, name))
        return staged is not None and staged.has_run

    return Reasons(pairs.old.text, pairs.staged.text, is_other)
