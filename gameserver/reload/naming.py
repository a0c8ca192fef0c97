"""Words for what holds an object: ``plugins.keep.CACHE (a list)``."""

from __future__ import annotations

from types import (
    AsyncGeneratorType,
    CoroutineType,
    FrameType,
    FunctionType,
    GeneratorType,
    MemberDescriptorType,
    MethodType,
)
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MODULE = vars(type)["__module__"]
_QUALNAME = vars(type)["__qualname__"]
"""A class's names past its metaclass, whose attributes of these names may be code."""
_UNDER_WAY = {
    GeneratorType: "gi_frame",
    CoroutineType: "cr_frame",
    AsyncGeneratorType: "ag_frame",
}


def said(holder: Any, chain: Sequence[Any]) -> str:  # noqa: ANN401 - any object of the heap
    """Tell a holder; ``chain``: what leads from it to the object that is held."""
    name, rest = _attribute(holder, chain)
    kind = f" ({kind_of(rest[-2])})" if len(rest) > 1 else ""
    return _with_attribute(holder, name) + kind


def _with_attribute(holder: Any, name: str) -> str:  # noqa: ANN401 - the same
    module = namespace_name(holder)
    if module or issubclass(type(holder), type):
        path = module or _path(holder)
        return f"{path}.{name}" if name else path
    of = _path(holder) if is_of(holder, FunctionType) else kind_of(holder)
    return f"{name} of {of}" if name else of


def _attribute(
    holder: Any,  # noqa: ANN401 - the same
    chain: Sequence[Any],
) -> tuple[str, Sequence[Any]]:
    """Give the holder's name for the first of a chain, and the chain from there on."""
    if is_of(holder, FunctionType):
        return _of_function(holder, chain)
    for names in _names(holder):
        for at, part in enumerate(chain[:2]):  # the first may be the holder's dict
            name = _key(names, part)
            if name:
                return name, chain[at:]
    return "", () if _is_about(holder, chain[0]) else chain


def _is_about(holder: object, part: object) -> bool:
    """Say whether a part of a class is no member of it: its bases, their order."""
    return issubclass(type(holder), type) and is_of(part, tuple)


def _names(holder: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401 - the same
    """Give what an object has by name."""
    if is_of(holder, dict) and namespace_name(holder):
        return [holder]
    if issubclass(type(holder), type):
        return [type.__getattribute__(holder, "__dict__")]
    found: list[Mapping[str, Any]] = []
    fields = _part(holder, "__dict__")
    if is_of(fields, dict):
        found.append(fields)
    slots = [
        name
        for base in type.__getattribute__(type(holder), "__mro__")
        for name, member in type.__getattribute__(base, "__dict__").items()
        if type(member) is MemberDescriptorType
    ]
    return [*found, {name: _part(holder, name) for name in slots}]


def _part(holder: object, name: str) -> Any:  # noqa: ANN401 - any value
    try:
        return object.__getattribute__(holder, name)
    except Exception:  # noqa: BLE001 - not there, or a property of an author's
        return None


def _of_function(
    holder: FunctionType, chain: Sequence[Any]
) -> tuple[str, Sequence[Any]]:
    part, rest = chain[0], chain[1:]
    code, names = holder.__code__, dict[str, Any]()
    cells, defaults = holder.__closure__, holder.__defaults__
    if cells is not None and part is cells:
        names = dict(zip(code.co_freevars, cells, strict=True))
        return _key(names, rest[0]), rest[1:]
    if defaults is not None and part is defaults:
        last = code.co_varnames[: code.co_argcount][-len(defaults) :]
        names = dict(zip(last, defaults, strict=True))
    elif is_of(part, dict):
        names = part
    else:  # annotations nobody has asked for yet: a tuple, names and values in turns
        turns = part if is_of(part, tuple) else ()
        names = dict(zip(turns[::2], turns[1::2], strict=False))
    return (_key(names, rest[0]), rest) if rest else ("", chain)


def _key(names: Mapping[str, Any], value: object) -> str:
    for name, one in list(names.items()):
        if one is value and type(name) is str:
            return name
    return ""


def kind_of(one: Any) -> str:  # noqa: ANN401 - any object of the heap
    """Name the kind of an object, with the function it runs if it does."""
    kind = type(one)
    if kind is MethodType and type(one.__func__) is FunctionType:
        return f"a bound method {_path(one.__func__)}"
    if kind in _UNDER_WAY:
        return f"a {kind.__name__} of {_running(getattr(one, _UNDER_WAY[kind]))}"
    if kind is FrameType:
        return f"a frame of {_running(one)}"
    return f"a {_path(kind)}".replace(" builtins.", " ")


def _running(frame: FrameType) -> str:
    return f"{frame.f_globals.get('__name__')}.{frame.f_code.co_qualname}"


def _path(owner: FunctionType | type) -> str:
    is_function = is_of(owner, FunctionType)
    name = owner.__qualname__ if is_function else _QUALNAME.__get__(owner)
    return f"{module_of(owner)}.{name}"


def module_of(one: FunctionType | type | dict[str, Any]) -> str:
    """Give the name of the module that something was made in, or is the dict of."""
    if is_of(one, dict):
        return namespace_name(one)
    name = one.__module__ if is_of(one, FunctionType) else _MODULE.__get__(one)
    return name if is_of(name, str) else ""


def namespace_name(one: object) -> str:
    """Give the module's name if an object is a module's namespace, else ""."""
    if type(one) is not dict or "__spec__" not in one or "__loader__" not in one:
        return ""
    name = one.get("__name__")
    return name if type(name) is str else ""
