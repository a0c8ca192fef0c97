"""Authors' annotations: resolved, taken apart, and shown to players.

Only what is needed is resolved, so that an import under ``TYPE_CHECKING`` is no error
where its name plays no part: in private fields and in what a method returns.
"""

from __future__ import annotations

import builtins
import dataclasses
import inspect
import sys
from enum import Enum
from types import NoneType, SimpleNamespace, UnionType
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Literal,
    Union,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

import msgspec.inspect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNREADABLE = (AttributeError, NameError, SyntaxError, TypeError)
"""What it raises to resolve an annotation whose names are wrong or not imported."""

_KEPT = "__msgspec_cache__"
_FOREIGN = (msgspec.inspect.ExtType, msgspec.inspect.RawType)


def field_hints(owner: type, names: Mapping[str, object]) -> dict[str, Any]:
    """Resolve annotations of one class body: ``names`` is field to annotation.

    The module's names come before the class's own, as in ``get_type_hints(owner)``.
    """
    alike = type(owner.__name__, (), {"__annotations__": dict(names)})
    module = vars(sys.modules.get(owner.__module__, builtins))
    return get_type_hints(alike, dict(vars(owner)), module, include_extras=True)


def argument_hints(method: Callable[..., Any]) -> dict[str, Any]:
    """Resolve the annotations of a method's arguments."""
    annotations = inspect.get_annotations(method)
    annotations.pop("return", None)
    return get_type_hints(
        SimpleNamespace(__annotations__=annotations),
        getattr(inspect.unwrap(method), "__globals__", {}),
        include_extras=True,
    )


def parts_of(hint: object) -> list[msgspec.inspect.Type]:
    """Give the type and every type inside it, as msgspec reads them.

    Raises ``TypeError`` for a type that no value read from JSON or the wire can have.
    """
    parts = parts_in(msgspec.inspect.type_info(hint))
    foreign = {type(part).__name__ for part in parts if isinstance(part, _FOREIGN)}
    foreign |= {
        part.cls.__qualname__
        for part in parts
        if isinstance(part, msgspec.inspect.CustomType) and part.cls is not object
    }
    if foreign:
        raise TypeError(f"{', '.join(sorted(foreign))}: no type of plain values")
    _forget_aliases(hint, parts)
    return parts


def _forget_aliases(hint: object, parts: list[msgspec.inspect.Type]) -> None:
    """Let msgspec read aliases anew that are in a type, such as ``Box[int]``.

    Each keeps what was read, and a release of ``Box`` cannot find them.
    """
    waiting: list[Any] = [hint]
    for part in parts:
        owner = getattr(part, "cls", None)
        waiting.append(owner)
        for base in getattr(get_origin(owner) or owner, "__mro__", ()):
            waiting += inspect.get_annotations(base).values()
    while waiting:
        one = waiting.pop()
        waiting += get_args(one)
        own = getattr(one, "__dict__", None) if get_origin(one) else None
        if isinstance(own, dict):  # of ``list[int]`` it is the list's, and no dict
            own.pop(_KEPT, None)


def parts_in(described: msgspec.inspect.Type) -> list[msgspec.inspect.Type]:
    """Give a type that msgspec has read, and every type inside it."""
    waiting: list[Any] = [described]
    parts: dict[int, Any] = {}
    while waiting:
        part = waiting.pop()
        if id(part) not in parts:
            parts[id(part)] = part
            waiting += _inside(part)
    return [part for part in parts.values() if isinstance(part, msgspec.inspect.Type)]


def _inside(part: Any) -> list[Any]:  # noqa: ANN401 - a type or field of msgspec.inspect
    """Give the types and fields that are attributes of this one."""
    found: list[Any] = []
    for name in part.__struct_fields__:
        value = getattr(part, name)
        found += value if isinstance(value, tuple) else (value,)
    described = (msgspec.inspect.Type, msgspec.inspect.Field)
    return [one for one in found if isinstance(one, described)]


def shown(hint: Any) -> str:  # noqa: ANN401 - any type form
    """Give the type as players read it in help: no module, nor an author's class."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return shown(inner[0])
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, inner))}]"
    if origin in (Union, UnionType):
        return " | ".join(map(shown, inner))
    if origin is not None and inner:
        return f"{_name(origin)}[{', '.join(map(shown, inner))}]"
    return _name(hint)


def _name(hint: Any) -> str:  # noqa: ANN401 - any type form
    if hint is NoneType or hint is ...:
        return "None" if hint is NoneType else "..."
    if isinstance(hint, type) and issubclass(hint, Enum):
        return f"Literal[{', '.join(repr(one.value) for one in hint)}]"
    if _is_record(hint):
        return "dict"
    return "any" if hint is Any or hint is object else str(hint.__name__)


def _is_record(hint: Any) -> bool:  # noqa: ANN401 - any type form
    """Say whether a dict crosses the wire for it."""
    is_struct = isinstance(hint, type) and issubclass(hint, msgspec.Struct)
    return is_struct or is_typeddict(hint) or dataclasses.is_dataclass(hint)
