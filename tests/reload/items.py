"""What modules of made-up games consist of: one renderer per kind of item.

Each gives the lines of one item. ``number`` is what an edit changes without changing
the shape, ``shape`` picks the variant, ``ref`` what else in the game it refers to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Finds(Protocol):
    """How an item finds what it refers to (``generated.Scope``)."""

    imports: dict[str, None]

    def find(
        self, what: str, ref: int, *, value: bool = False, suffix: str = ""
    ) -> str:
        """Give an expression, "" if there is nothing of that sort."""


@dataclass(frozen=True)
class Item:
    """One statement or a few, under one name."""

    name: str
    kind: str
    shape: int = 0
    number: int = 0
    ref: int = 0


PLAIN = (
    "{n}", "'{n}'", "[{n}, 2]", "{{'k': {n}}}", "({n}, 'x')", "{{{n}, 9}}",
    "[[{n}], {{'k': [2]}}]", "({n}.5, None, b'{n}')",
)  # fmt: skip


def constant(item: Item, name: str, _: Finds) -> list[str]:
    return [f"{name} = {PLAIN[item.shape].format(n=item.number)}"]


def number(item: Item, name: str, scope: Finds) -> list[str]:
    above = scope.find("number", item.ref, value=True)
    return [f"{name} = {above} + {item.number}" if above else f"{name} = {item.number}"]


def function(item: Item, name: str, scope: Finds) -> list[str]:  # noqa: PLR0911 - a table
    n, other = item.number, scope.find("number", item.ref) or "None"
    call = scope.find("function", item.ref) or "len"
    match item.shape:
        case 0:
            return [f"def {name}(x=1):", f"    '''Says {n}.'''", f"    return x, {n}"]
        case 1:
            return [f"def {name}(x=1, *, k={n}):", f"    return x, k, {other}"]
        case 2:
            return [f"def {name}(x: int = {n}):", f"    yield x, {n}", "    yield x"]
        case 3:
            return [f"async def {name}(x=1):", f"    return x, {n}, {other}"]
        case 4:
            return [
                f"def {name}_make(step):",
                f"    def {name}(x=1):",
                f"        return x, step, {n}",
                f"    return {name}",
                f"{name} = {name}_make({n})",
            ]
        case 5:
            return [f"{name} = lambda x=1: (x, {n}, {other})"]
        case 6:
            default = scope.find("number", item.ref, value=True) or n
            return [
                f"def {name}(x={default}):",
                f"    return x, {n}",
                f"{name}.tag = {n}",
            ]
    return [
        f"def {name}(x=1):",
        "    inner = lambda: x",
        f"    return inner(), {n}, {call}.__name__, [y + {n} for y in (1, 2)]",
    ]


def decorator(item: Item, name: str, scope: Finds) -> list[str]:
    wraps = [f"    @{_import(scope, 'functools')}.wraps(f)"] if item.shape % 2 else []
    return [
        f"def {name}(f):",
        *wraps,
        "    def inner(*args, **named):",
        f"        return {item.number}, f(*args, **named)",
        "    return inner",
    ]


def decorated(item: Item, name: str, scope: Finds) -> list[str]:
    around = [scope.find("decorator", ref) for ref in range(item.ref)]
    return [
        *(f"@{one}" for one in dict.fromkeys(around) if one),
        f"def {name}(x=1):",
        f"    return x, {item.number}",
    ]


def table(item: Item, name: str, scope: Finds) -> list[str]:
    n, held = item.number, scope.find("function", item.ref) or "len"
    match item.shape % 3:
        case 0:
            return [f"{name} = {{'l': lambda x=1: (x, {n}), 'f': {held}}}"]
        case 1:
            return [f"{name} = [lambda x=1: (x, {n}), {held}, {n}]"]
    return [f"{name} = ({_import(scope, 'functools')}.partial({held}, {n}), {held})"]


def plain_class(item: Item, name: str, scope: Finds) -> list[str]:
    base = scope.find("class", item.ref)
    return [f"class {name}({base}):", *_members(item, name, has_base=bool(base))]


def _members(item: Item, name: str, *, has_base: bool) -> list[str]:
    n = item.number
    lines = [f"    size = {n}", f"    kept = [{n}]"]
    match item.shape:
        case 1:
            lines += ["    def act(self, x=1):", f"        return x, {n}, self.size"]
        case 2:
            lines += [
                "    def act(self, x=1):",
                f"        above = getattr(super(), 'act', {name}.other)",
                f"        return {n}, above(x)",
                "    @staticmethod",
                "    def other(x=1):",
                f"        return x, {n}",
            ]
        case 3:
            lines += ["    @property", "    def worth(self):", f"        return {n}"]
        case 4:
            lines += [
                "    @classmethod",
                "    def made(cls, x=1):",
                f"        return cls.size, x, {n}",
                "    class Inner:",
                f"        depth = {n}",
                f"        def act(self): return {n}",
            ]
        case 5:
            lines += ["    def __init__(self):", f"        self.field = [{n}]"]
            lines += ["        super().__init__()"] if has_base else []
        case 6:
            lines += [
                "    def get(self):",
                f"        return {n}",
                "    def put(self, value):",
                "        self.size = value",
                "    worth = property(get, put)",
                "    alias = get",
            ]
        case 7:
            lines += ["    def act(self):", f"        return lambda: (__class__, {n})"]
    return lines


def slotted(item: Item, name: str, _: Finds) -> list[str]:
    return [
        f"class {name}:",
        "    __slots__ = ('field', '__weakref__')",
        f"    size = {item.number}",
        f"    def __init__(self): self.field = {item.number}",
        f"    def act(self): return self.field, {item.number}",
    ]


def dataclass_(item: Item, name: str, scope: Finds) -> list[str]:
    given = _import(scope, "dataclasses")
    extra = [f"    more: int = {item.number}"] if item.shape % 2 else []
    return [
        f"@{given}.dataclass",
        f"class {name}:",
        f"    field: int = {item.number}",
        f"    many: list = {given}.field(default_factory=list)",
        *extra,
        f"    def act(self): return self.field, {item.number}",
    ]


def enumeration(item: Item, name: str, scope: Finds) -> list[str]:
    members = [f"    M{n} = {n + item.number}" for n in range(1 + item.shape % 3)]
    return [
        f"class {name}({_import(scope, 'enum')}.Enum):",
        *members,
        f"    def act(self): return self.value, {item.number}",
    ]


def abstract(item: Item, name: str, scope: Finds) -> list[str]:
    given = _import(scope, "abc")
    marked = [f"    @{given}.abstractmethod"] if item.shape % 2 else []
    return [
        f"class {name}({given}.ABC):",
        *marked,
        f"    def act(self, x=1): return x, {item.number}",
    ]


def recording(item: Item, name: str, _: Finds) -> list[str]:
    return [
        f"class {name}:",
        "    seen = {}",
        "    def __init_subclass__(cls):",
        f"        {name}.seen[cls.__name__] = cls",
        f"    def act(self, x=1): return x, {item.number}",
    ]


def metaclassed(item: Item, name: str, _: Finds) -> list[str]:
    return [
        f"class {name}_meta(type):",
        "    seen = {}",
        "    def __init__(cls, *args):",
        "        super().__init__(*args)",
        "        cls.seen[cls.__name__] = cls",
        f"    def told(cls): return cls.__name__, {item.number}",
        f"class {name}(metaclass={name}_meta):",
        f"    def act(self, x=1): return x, {item.number}",
    ]


def registry(_: Item, name: str, __: Finds) -> list[str]:
    return [
        f"{name} = {{'order': []}}",
        f"def {name}_add(it):",
        f"    {name}[it.__name__] = it",
        f"    {name}['order'].append(it.__name__)",
        "    return it",
    ]


def registered(item: Item, name: str, scope: Finds) -> list[str]:
    add = scope.find("registry", item.ref + 1, suffix="_add")
    return [
        *([f"@{add}"] if add else []),
        f"def {name}(x=1):",
        f"    return x, {item.number}",
    ]


def enrolled(item: Item, name: str, scope: Finds) -> list[str]:
    add = scope.find("registry", item.ref + 1, suffix="_add")
    return [
        *([f"@{add}"] if add else []),
        f"class {name}:",
        *_members(item, name, has_base=False),
    ]


def instance(item: Item, name: str, scope: Finds) -> list[str]:
    owner = scope.find("class", item.ref + 1)
    lines = [f"class {name}_class:", *_members(item, f"{name}_class", has_base=False)]
    if not owner or item.shape % 2:
        return [*lines, f"{name} = {name}_class()"]
    return [f"try: {name} = {owner}()", f"except TypeError: {name} = None"]


def unique(item: Item, name: str, scope: Finds) -> list[str]:
    match item.shape % 3:
        case 0:
            return [f"{name} = {_import(scope, 'threading')}.Lock()"]
        case 1:
            return [f"{name} = {_import(scope, 'contextvars')}.ContextVar('{name}')"]
    return [f"{name} = object()"]


def _import(scope: Finds, module: str) -> str:
    scope.imports[f"import {module}"] = None
    return module


KINDS = {
    "number": number,
    "constant": constant,
    "function": function,
    "class": plain_class,
    "decorator": decorator,
    "decorated": decorated,
    "table": table,
    "registry": registry,
    "registered": registered,
    "enrolled": enrolled,
    "instance": instance,
    "unique": unique,
    "slotted": slotted,
    "dataclass": dataclass_,
    "enum": enumeration,
    "abstract": abstract,
    "recording": recording,
    "metaclassed": metaclassed,
}
