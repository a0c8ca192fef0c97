"""Merge a staged module into the live one: lay down writes, note what changes."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload import succession
from gameserver.reload.adapter import adapter_for
from gameserver.reload.classes import merge_class
from gameserver.reload.field_merge import FieldMerge
from gameserver.reload.functions import fits, patch, succeed
from gameserver.reload.judgement import Judge, Judgement, has_other_words, next_initial
from gameserver.reload.kinds import is_of
from gameserver.reload.made import is_defined, is_made_here
from gameserver.reload.record import initial_of
from gameserver.reload.same import holds_state
from gameserver.reload.tree import dotted
from gameserver.reload.verdict import MISSING, Verdict

if TYPE_CHECKING:
    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.outline import Binding
    from gameserver.reload.pairing import Pairs
    from gameserver.reload.record import Initial
    from gameserver.reload.translate import Translation

SHAPE = "a live closure of another shape stays as it was, with its state"


class ModuleMerge:
    """The merge of one module; ``values`` is what its text makes, for the next one."""

    def __init__(
        self, pairs: Pairs, translation: Translation, desk: ModuleDesk
    ) -> None:
        self._pairs = pairs
        self._translation = translation
        self._desk = desk
        self._judge = Judge(pairs, translation, desk.comparison)
        self.closures: list[tuple[FunctionType, FunctionType]] = []
        """Live and staged functions that calls made, of names of the text."""
        self.patched: set[int] = set()
        """Ids of the live functions that are seen to."""
        self._stay = {id(live) for _, live, _ in pairs.functions}
        self.rebound: dict[str, tuple[object, object]] = {}
        """Names of the module whose object changes: (live before, live after)."""
        self.removed: list[str] = []
        """Names that the text binds no more."""
        self.initials: dict[str, object] = {}
        """What the new text makes of each name: the base of the next merge."""

    def lay_down(self) -> None:
        """Lay down every write of this module."""
        for one in self._pairs.successions:
            succession.lay_down(one, self._desk)
        self._functions()
        for path, live, staged in self._pairs.classes:
            merge_class(
                path,
                live,
                staged,
                self._pairs,
                self._translation,
                self,
                self._desk,
            )
        self._names()
        FieldMerge(self._pairs, self._translation, self._judge, self._desk).lay_down()

    def initials_of(self, scope: str) -> dict[str, object]:
        """Give what the new text makes of the names decided about in a scope."""
        found = {}
        for path, value in self.initials.items():
            above, _, name = path.rpartition(".")
            if above == scope and value is not MISSING:
                found[name] = value
        return found

    def _functions(self) -> None:
        unchanged = self._pairs.unchanged
        for place, live, staged in self._pairs.functions:
            if id(live) in self._pairs.wrapped:
                continue  # its name means something made around it now
            if (id(live), id(staged)) in unchanged and _is_still(live, staged):
                self.patched.add(id(live))  # as most are: the plan has seen to it
            elif fits(live, staged):
                self.patch(live, staged, self._initial(live), dotted(place))
            else:
                self._replace(live, staged, dotted(place))

    def _initial(self, live: FunctionType) -> Initial:
        return self._pairs.old.initials.get(live) or initial_of(live)

    def _replace(self, live: FunctionType, staged: FunctionType, name: str) -> None:
        """Its cells are others now: a new object, to which the old one passes on."""
        successor = self._pairs.successors.get(id(live))
        if successor is None:
            self._translation.unpair(staged)
            successor = self._translation(staged)
            self._pairs.successors[id(live)] = successor
        self.patched.add(id(live))
        self._desk.note("patched", name, "by a new object: it closes over other names")
        succeed(live, successor, self._desk)

    def patch(
        self,
        live: FunctionType,
        staged: FunctionType,
        initial: Initial,
        name: str,
        *,
        is_remade: bool = False,
    ) -> None:
        """Lay down the writes for one function, once."""
        if id(live) in self.patched:
            return
        self.patched.add(id(live))
        self._desk.patched(name, live, staged, initial)
        patch(live, staged, initial, self._translation, self._desk, is_remade=is_remade)

    def _names(self) -> None:
        pairs, old = self._pairs, self._pairs.old
        new = pairs.staged.outline.bindings.get("", {})
        names = dict.fromkeys([*old.values, *pairs.staged_names])
        namespace = old.namespace
        for name in names:
            initial = old.values.get(name, MISSING)
            live = namespace.get(name, MISSING)
            staged = self._staged(name)
            before = old.outline.bindings.get("", {}).get(name)
            one = self.decide(name, initial, live, staged, before, new.get(name))
            self._write(name, live, one)
        self._annotations()

    def _staged(self, name: str) -> Any:  # noqa: ANN401 - any value of a game
        if name not in self._pairs.staged_names:
            return MISSING
        if name in self._pairs.kept:
            return self._pairs.kept[name]
        return self._translation(self._pairs.staged_names[name])

    def decide(
        self,
        name: str,
        initial: Any,  # noqa: ANN401 - any value of a game
        live: Any,  # noqa: ANN401 - the same
        staged: Any,  # noqa: ANN401 - the same
        old: Binding | None,
        new: Binding | None,
    ) -> Judgement:
        """Decide about one name of the module or of a class, and with which value."""
        if type(live) is FunctionType and live is initial is staged:
            self.initials[name] = live  # as most are: quick, for it is the pause
            return Judgement(Verdict.KEEP, live)
        successor = self._pairs.successors.get(id(live), MISSING)
        if live is initial and successor is staged is not MISSING:
            # Who holds the old function is passed on; the name means the new one.
            self.initials[name] = staged
            return Judgement(Verdict.TAKE, staged)
        is_alias = any(one is not None and one.is_reference for one in (old, new))
        is_remade = old is None or new is None or has_other_words(old, new)
        if not is_alias and self._merged_in_place(
            name, initial, live, staged, is_remade=is_remade
        ):
            self.initials[name] = live
            return Judgement(Verdict.KEEP, live)
        if live is initial and self._keeps_state(live, staged, old, new):
            self.initials[name] = live
            self._desk.note("kept", name, SHAPE)
            return Judgement(Verdict.KEEP, live)
        one = self._judge(name, initial, live, staged, old, new)
        is_others = live is staged and type(initial) is type(staged) is not type
        self.initials[name] = (
            initial  # an imported table, say: whoever made it, this text did not
            if is_others and one.found is Verdict.KEEP
            else next_initial(one.found, initial, one.value)
        )
        if one.found is Verdict.TAKE and callable(staged) and not _is_no_name(name):
            self._pass_on(initial, staged, old)
        return one

    def _keeps_state(
        self, live: object, staged: object, old: Binding | None, new: Binding | None
    ) -> bool:
        """Say whether a closure bound by an assignment stays, with what it holds.

        One that a ``def`` or a decorator binds is a definition: the new one counts.
        """
        return (
            is_of(live, FunctionType)
            and is_of(staged, FunctionType)
            and live is not staged
            and old is not None
            and new is not None
            and not has_other_words(old, new)
            and not (new.is_reference or is_defined(new))
            and holds_state(live)
        )

    def _merged_in_place(
        self,
        name: str,
        initial: Any,  # noqa: ANN401 - any values
        live: Any,  # noqa: ANN401 - the same
        staged: Any,  # noqa: ANN401 - the same
        *,
        is_remade: bool,
    ) -> bool:
        """Let the live object take the new meaning, where its kind can."""
        if live is MISSING or staged is MISSING or live is staged:
            return False
        if is_of(live, FunctionType) and is_of(staged, FunctionType):
            return self._wrapped(name, initial, live, staged, is_remade=is_remade)
        adapter = adapter_for(live)
        if adapter is None or adapter_for(staged) is not adapter:
            return False
        return adapter.merge(live, staged, initial, self._desk)

    def _wrapped(
        self,
        name: str,
        initial: object,
        live: FunctionType,
        staged: FunctionType,
        *,
        is_remade: bool,
    ) -> bool:
        """Merge two functions that a decorator made, if they are of one make."""
        if live is not initial or not fits(live, staged):
            return False
        if not is_made_here(live, self._pairs.old.namespace):
            return False
        if id(staged) in self._stay or id(live) in self.patched:
            return False  # a loop made several: the name means another one now
        one_make = self._desk.same_code(live.__code__, staged.__code__)
        if not one_make and not self._desk.is_generated(live):
            return False
        self.closures.append((live, staged))
        self.patch(live, staged, self._initial(live), name, is_remade=is_remade)
        return True

    def _pass_on(self, initial: object, staged: object, old: Binding | None) -> None:
        """Let who holds a former function of this text get what its name means now."""
        if not is_of(initial, FunctionType) or initial is staged:
            return
        if old is not None and old.is_reference:
            return  # another name's function, perhaps a library's
        if not is_made_here(initial, self._pairs.old.namespace):
            return
        if id(initial) not in self.patched:
            self.patched.add(id(initial))
            succeed(initial, staged, self._desk)

    def _write(self, name: str, live: object, one: Judgement) -> None:
        found, value = one.found, one.value
        namespace = self._pairs.old.namespace
        if found in {Verdict.TAKE, Verdict.ADD}:
            self._desk.put(namespace, name, value)
            if found is Verdict.TAKE:
                self.rebound[name] = (live, value)
        elif found is Verdict.REMOVE:
            self._desk.drop(namespace, name)
            self.removed.append(name)
        self.tell(name, live, one)

    def tell(self, name: str, live: object, one: Judgement) -> None:
        """Tell the plan what becomes of a name."""
        succeeded = {each.path for each in self._pairs.successions}
        if one.found is Verdict.TAKE and name in succeeded:
            return  # told already
        fate = succession.fate(name, live, self._desk.comparison)
        if fate and one.found in {Verdict.KEEP, Verdict.CONFLICT}:
            self._desk.note(fate.kind, name, fate.why)
        if one.conflict:
            self._desk.note("conflict", name, one.conflict)
        if one.found is not Verdict.CONFLICT or not one.conflict:
            self._desk.decided(name, one.found, live, one.value)

    def _annotations(self) -> None:
        staged = self._pairs.staged.namespace.get("__annotations__")
        live = self._pairs.old.namespace.get("__annotations__")
        if staged and not self._desk.same(live, staged):
            fresh = self._translation(staged)
            self._desk.put(self._pairs.old.namespace, "__annotations__", fresh)


def _is_still(live: FunctionType, staged: FunctionType) -> bool:
    """Say whether play has left a function's code and name as they were."""
    return live.__code__ is staged.__code__ and live.__qualname__ == staged.__qualname__


def _is_no_name(name: str) -> bool:
    """Say whether it is ``_``: of its functions each is one by itself."""
    return name.rpartition(".")[2] == "_"
