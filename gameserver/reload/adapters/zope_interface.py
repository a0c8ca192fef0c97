"""zope.interface: interfaces stay the same objects, declarations merge three ways.

What a text declares, of classes, by classes, by its module and by its objects, follows
the text; what was declared at run time stays. Lookups are told once all is written.
"""

from __future__ import annotations

import weakref
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from gameserver.reload import specifications as specs
from gameserver.reload.adapter import Adapter
from gameserver.reload.apart import Apart
from gameserver.reload.component_registry import ComponentRegistry
from gameserver.reload.declaring import OWNED, DeclarationMerge, Facts, News, facts
from gameserver.reload.far_declarations import FarDeclarations
from gameserver.reload.kinds import is_of, members_of
from gameserver.reload.registrations import is_staged
from gameserver.reload.specifications import TAGS, is_a, loaded
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from types import ModuleType

    from gameserver.reload.adapter import Desk, Translate, Versions


class ZopeInterface(Adapter):
    """Interfaces and declarations."""

    def __init__(self) -> None:
        self._made: weakref.WeakValueDictionary[int, Any] = (
            weakref.WeakValueDictionary()
        )
        self._carried: weakref.WeakKeyDictionary[Any, list[Any]] = (
            weakref.WeakKeyDictionary()
        )
        self._texts: dict[weakref.ref[ModuleType], Facts] = {}
        self._far = FarDeclarations()
        self._components = ComponentRegistry()

    def claims(self, value: object) -> bool:
        """Claim interfaces and declarations."""
        return is_a(value, "SpecificationBase")

    def parts(self, value: Any) -> Iterable[object]:  # noqa: ANN401 - a spec
        """Give the functions in an interface: invariants, its own methods."""
        if not is_a(value, "InterfaceClass"):
            return ()
        return (*(getattr(value, TAGS) or {}).values(), *specs.methods(value).values())

    def pairs(self, live: Any, staged: Any) -> Iterable[tuple[object, object]]:  # noqa: ANN401 - classes or specs
        """Pair interfaces of one name, and the declarations of paired classes."""
        if is_of(live, type):
            for name in ("__implemented__", "__provides__"):
                pair = members_of(live).get(name), members_of(staged).get(name)
                if all(self.claims(one) for one in pair) and pair[0] is not pair[1]:
                    yield pair
        elif (
            is_a(live, "InterfaceClass")
            and is_a(staged, "InterfaceClass")
            and live.__identifier__ == staged.__identifier__
        ):
            yield live, staged

    def translated(self, value: Any, translate: Translate) -> object:  # noqa: ANN401 - a spec
        """Carry a specification over, without a word to its bases yet."""
        if self._made.get(id(value)) is not value:
            return value
        self._carried.setdefault(translate, []).append(value)
        names = ("_bases", "inherit", "declared", "_cls", "_implements", TAGS)
        for name in (*names, *specs.ARGUMENTS):
            now = getattr(value, name, None)
            live = translate(now)
            if live is not now:
                object.__setattr__(value, name, live)
        if is_a(value, "InterfaceClass"):
            specs.translate_methods(value, translate)
        return value

    def same(self, old: Any, new: Any, same: Any) -> bool:  # noqa: ANN401 - specs
        """Compare interfaces by identity, declarations by what they declare."""
        del same
        if old is new or is_a(old, "InterfaceClass") or type(old) is not type(new):
            return bool(old is new)
        one, other = old._bases, new._bases  # noqa: SLF001 - C members
        return len(one) == len(other) and all(map(lambda a, b: a is b, one, other))

    def merge(self, live: Any, staged: Any, initial: Any, desk: Desk) -> bool:  # noqa: ANN401 - specs
        """Leave a module's ``__provides__`` to ``merge_modules``."""
        del staged, initial, desk
        return is_a(live, "ProvidesClass")

    def owned(self, live: type, staged: type) -> frozenset[str]:
        """Own what zope.interface keeps in class dicts."""
        del live, staged
        return OWNED

    @contextmanager
    def staging(self) -> Iterator[None]:
        """Take back what staged specifications tell live ones."""
        with ExitStack() as surroundings:
            surroundings.enter_context(self._far.staging())
            surroundings.enter_context(self._components.staging())
            if loaded("Specification") is not MISSING:
                surroundings.enter_context(Apart(self._made))
            yield

    @contextmanager
    def running(self, module: ModuleType) -> Iterator[None]:
        """Remember what a text declared when it was first run."""
        with self._far.running(module), self._components.running(module):
            yield
        if not is_staged(module):
            self._texts[weakref.ref(module, self._forget)] = facts(module)

    def _forget(self, module: weakref.ref[ModuleType]) -> None:
        self._texts.pop(module, None)

    def merge_modules(self, modules: Sequence[Versions], translate: Translate) -> None:
        """Lay down all changes of interfaces and declarations, then tell of them."""
        if loaded("Specification") is MISSING:
            return
        desk = modules[0].desk
        news = News(self._carried.setdefault(translate, []))
        for one in modules:
            if one.staged is None:
                continue
            fresh = facts(one.staged, translate)
            live = one.live or one.staged
            if one.live is not None:
                known = self._texts.get(weakref.ref(one.live)) or facts(one.live)
                DeclarationMerge(known, fresh, one, translate, news).lay_down()
            ref = weakref.ref(live, self._forget)
            one.desk.put(self._texts, ref, fresh)
        self._far.lay_down(modules, translate, news)
        provided = self._components.lay_down(modules, translate)
        news.lay_down(provided, desk)


ADAPTER = ZopeInterface()
