"""zope.interface's specifications: what they hold, and how their tables stay in step.

Nothing here imports zope: specifications are told by the modules that are loaded.
Two interfaces with one name in one module are equal, so tables keyed by interfaces
take a staged one for the live one; bases and subscriptions are counted by identity.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import fields_of, is_of, members_of
from gameserver.reload.record import classes_of, own_names
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import ModuleType

ATTRIBUTES = "_InterfaceClass__attrs"
TAGS = "_Element__tagged_values"
ARGUMENTS = ("_ClassProvides__args", "_Provides__args")


def loaded(name: str) -> Any:  # noqa: ANN401 - a class or function of zope.interface
    """Give a name of zope.interface, MISSING if it is not loaded."""
    found = MISSING
    for module in ("interface", "declarations"):
        whole = sys.modules.get(f"zope.interface.{module}")
        found = getattr(whole, name, found)
    return found


def is_a(value: object, name: str) -> bool:
    """Say whether a value is of one of zope.interface's classes."""
    kind = loaded(name)
    return kind is not MISSING and is_of(value, kind)


def interfaces(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Give the interfaces that a module's text made, by the names that lead to them."""
    scopes = [("", own_names(vars(module)))]
    scopes += [
        (f"{path}.", dict(members_of(owner)))
        for path, owner in classes_of(own_names(vars(module)), module.__name__)
    ]
    for above, names in scopes:
        for name, value in names.items():
            is_one = is_a(value, "InterfaceClass")
            if is_one and value.__module__ == module.__name__:
                yield f"{above}{name}", value


def declarations(module: ModuleType) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Give what is declared: of classes, by classes, by the module, by its objects."""
    names = own_names(vars(module))
    found = {}
    for path, owner in classes_of(names, module.__name__):
        spec: Any = members_of(owner).get("__implemented__")
        if is_a(spec, "Implements"):
            found["implements", path] = spec.declared
            if spec.inherit is None:
                found["only", path] = ()
        provides: Any = members_of(owner).get("__provides__")
        if is_a(provides, "ClassProvides"):
            found["provides", path] = provides._bases[:-1]  # noqa: SLF001 - C member
    for path, subject in [("", module), *names.items()]:
        spec = provides_of(subject)
        if spec is not None:
            found["provides", path] = spec._bases[:-1]  # noqa: SLF001 - C member
    return found


def provides_of(subject: object) -> Any:  # noqa: ANN401 - a ProvidesClass
    """Give what an object that is no class declares for itself, None if nothing."""
    if is_of(subject, type):
        return None
    spec = fields_of(subject).get("__provides__")
    return spec if is_a(spec, "ProvidesClass") else None


def implemented(owner: type, translate: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - a spec
    """Give the live specification of a live or staged class."""
    live = translate(owner)
    for one in (live, owner):
        spec = vars(one).get("__implemented__")
        if spec is not None:
            return translate(spec)
    return loaded("implementedBy")(live)


def methods(interface: object) -> dict[str, Any]:
    """Give an interface's own methods, which it keeps in a class of its own."""
    kind = type(interface)
    base = loaded("_InterfaceClassWithCustomMethods")
    if base is MISSING or not issubclass(kind, base):
        return {}
    return {name: one for name, one in vars(kind).items() if is_of(one, FunctionType)}


def translate_methods(interface: object, translate: Callable[[Any], Any]) -> None:
    """Carry a staged interface's own methods over, in the class it keeps them in."""
    for name, staged in methods(interface).items():
        live = translate(staged)
        if live is not staged:
            type.__setattr__(type(interface), name, live)


def unique(items: Iterable[Any]) -> tuple[Any, ...]:
    """Give the items in order, each once."""
    return tuple(dict.fromkeys(items))


def merged(
    initial: Iterable[Any], live: Iterable[Any], staged: Iterable[Any]
) -> tuple[Any, ...]:
    """Merge three ways: the text's own in its order, what was added at run time after.

    What the text has still but was taken away at run time stays away.
    """
    before, now, fresh = list(initial), list(live), list(staged)
    added = [one for one in now if one not in before and one not in fresh]
    return (*(one for one in fresh if one in now or one not in before), *added)


def subscribe(spec: Any, bases: Iterable[Any], *, is_live: bool = True) -> None:  # noqa: ANN401 - a spec
    """Have its present bases, and none else of those given, know of a spec."""
    for base in {id(one): one for one in (*bases, *spec._bases)}.values():  # noqa: SLF001 - C member
        count = sum(one is base for one in spec._bases) if is_live else 0  # noqa: SLF001 - C member
        table = base.dependents
        known = [one for one in table if one is spec]
        if not known and any(one == spec for one in table):
            continue  # a live interface of the same name is known there
        if count:
            table[spec] = count
        elif known:
            del table[spec]
