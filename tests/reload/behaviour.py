"""What a running game does: every function called, every object described.

No identities and no addresses: two games that do the same are described the same.
"""

from __future__ import annotations

import enum
import functools
import gc
import inspect
import types
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.reload.generated import ROOT
from tests.reload.world import ours

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reload.generated import Game

DEEPEST = 5
HIDDEN = frozenset(
    {
        "__builtins__", "__spec__", "__loader__", "__cached__", "__dict__",
        "__weakref__", "_abc_impl", "law_tally", "__annotations__", "__path__",
        "seen",  # which classes were made at some time
    }
)  # fmt: skip


def behaviour() -> dict[str, object]:
    """Describe each name of each module of the game that runs."""
    return {
        f"{module}.{name}": described(value)
        for module, found in ours().items()
        for name, value in sorted(vars(found).items())
        if name not in HIDDEN and not isinstance(value, types.ModuleType)
    }


def described(value: Any, depth: int = 0) -> object:
    """Describe a value by what it is and does."""
    if depth > DEEPEST:
        return "..."
    if isinstance(value, (int, float, str, bytes, type(None))) and not isinstance(
        value, enum.Enum
    ):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(described(one, depth + 1) for one in value)
    if isinstance(value, (set, frozenset)):
        return (type(value).__name__, *sorted(map(repr, value)))
    if isinstance(value, (dict, types.MappingProxyType)):
        return {key: described(one, depth + 1) for key, one in value.items()}
    return _object(value, depth)


def _object(value: Any, depth: int) -> object:  # noqa: PLR0911 - one line per kind
    if isinstance(value, types.FunctionType):
        return _function(value, depth)
    if isinstance(value, type):
        return _class(value, depth) if value.__module__.startswith(ROOT) else str(value)
    if isinstance(value, functools.partial):
        return ("partial", described(value.func, depth + 1), value.args)
    if isinstance(value, (staticmethod, classmethod)):
        return (type(value).__name__, described(value.__func__, depth + 1))
    if isinstance(value, property):
        return (
            "property",
            *(described(one, depth + 1) for one in (value.fget, value.fset)),
        )
    if isinstance(value, types.MethodType):
        return ("method", described(value.__func__, depth + 1))
    if inspect.isgenerator(value):
        return ("yields", *(described(one, depth + 1) for one in value))
    if inspect.iscoroutine(value):
        return ("awaits", _result(lambda: value.send(None), depth))
    if type(value).__module__.startswith(ROOT):
        return _instance(value, depth)
    return f"a {type(value).__qualname__}"


def _function(value: types.FunctionType, depth: int) -> object:
    return {
        "name": value.__name__,
        "at": (value.__qualname__, value.__module__, value.__doc__),
        "line": value.__code__.co_firstlineno,
        "file": value.__code__.co_filename,
        "defaults": described((value.__defaults__, value.__kwdefaults__), depth + 1),
        "annotations": str(value.__annotations__),
        "attributes": described(value.__dict__, depth + 1),
        "calls": [_result(lambda a=a: value(*a), depth) for a in ((), (3,), (3, 4))],
    }


def _result(call: Callable[[], object], depth: int) -> object:
    try:
        return described(call(), depth + 1)
    except StopIteration as end:
        return described(end.value, depth + 1)
    except RecursionError:
        raise
    except Exception as error:  # noqa: BLE001 - which error it is, is behaviour
        return type(error).__name__


def _class(value: type, depth: int) -> object:
    if depth > 2:  # described once where it is bound
        return ("class", value.__qualname__)
    members = {
        name: described(one, depth + 1)
        for name, one in sorted(vars(value).items())
        if name not in HIDDEN and type(one).__name__ != "LazyField"  # serves older ones
    }
    made = _result(value, depth) if not issubclass(value, enum.Enum) else None
    return {
        "class": (value.__module__, value.__qualname__, type(value).__name__),
        "bases": [base.__qualname__ for base in value.__mro__],
        "members": members,
        "made": made,
        "list": described(list(value), depth + 1) if made is None else None,
    }


def _instance(value: Any, depth: int) -> object:
    fields = dict(getattr(value, "__dict__", {}))
    calls = {
        name: _result(lambda name=name: getattr(value, name)(), depth)
        for name in ("act", "other", "made", "get", "told")
        if hasattr(value, name)
    }
    reads = {
        name: described(getattr(value, name, None), depth + 1)
        for name in ("worth", "size", "kept", "field")
    }
    kind = type(value).__qualname__
    return {"of": kind, "fields": described(fields, depth + 1), "calls": calls} | reads


def lasting(game: Game) -> list[str]:
    """Give the names of what lives on as it is: registries, singletons, locks."""
    return [
        f"{module.name}.{module.named(item)}"
        for module in game.modules
        for item in module.items
        if item.kind in {"instance", "unique", "registry"}
    ]


def reshaped(old: Game, new: Game) -> list[str]:
    """Give the names of classes that gain or lose ``__slots__``, in effect or not."""
    slotted = [
        {
            f"{module.name}.{module.named(item)}"
            for module in game.modules
            for item in module.items
            if item.kind == "slotted"
        }
        for game in (old, new)
    ]
    return list(slotted[0] ^ slotted[1])


def population() -> Counter[str]:
    """Count what releases are made of, since ``gc.freeze``."""
    gc.collect()
    plain = (
        types.FunctionType,
        types.CellType,
        types.ModuleType,
        dict,
        list,
        set,
        tuple,
    )
    found = gc.get_objects()
    return Counter(
        "class" if isinstance(one, type) else type(one).__name__
        for one in found
        if isinstance(one, type) or type(one) in plain
    )
