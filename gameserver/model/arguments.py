"""What a call declares, and the check of what a peer sent against it.

Only plain values pass: None, bool, int (64 bits), float (finite), str, bytes, and
list, tuple, dict and set of those, within ``Limits``. Then msgspec checks every element
against the annotation; checkers that sample miss bad ones. Nothing is coerced but
int to float, a list to the declared kind of sequence, a dict to a declared dataclass,
and text to a declared enum, date or the like.
"""

from __future__ import annotations

import inspect
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec.inspect import ByteArrayType, BytesType
from msgspec.structs import astuple

from gameserver.errors import BadArguments, PluginError
from gameserver.model.annotations import UNREADABLE, argument_hints, parts_of, shown
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PREFIX = "perspective_"
SAVED_SOON = "__saved_soon__"
_SIGNATURES = "__signatures__"
_INT_BOUND = 2**63
_SCALARS = frozenset({str, bytes, bool, int, float})
_CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
_PLACE = re.compile(
    r"(?P<what>.*?)(?: - at (?P<key>`key` in )?`\$(?P<path>.*)`)?", re.DOTALL
)
_SHOWN = 200  # characters of what msgspec says, which may repeat a value


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one call may carry: characters or bytes, items in all, nesting."""

    max_string: int = 32768
    max_items: int = 4096
    max_depth: int = 16


@dataclass(frozen=True, slots=True)
class Parameter:
    """One declared argument; ``type_name`` is the annotation as text."""

    name: str
    type: Any
    type_name: str
    default: Any
    is_keyword_only: bool

    @property
    def is_optional(self) -> bool:
        """Say whether a call may leave it out."""
        return self.default is not inspect.Parameter.empty


class Signature:
    """The declared arguments of one method that peers call by ``name``."""

    def __init__(self, method: Callable[..., Any], name: str = "") -> None:
        self.name = name or method.__name__.removeprefix(PREFIX)
        self.summary = (inspect.getdoc(method) or "").partition("\n")[0]
        self.parameters = _parameters(method, self.name)
        self.is_saved_soon: bool = getattr(method, SAVED_SOON, False)
        positional = [p for p in self.parameters if not p.is_keyword_only]
        self._positional = positional
        self._by_name = {p.name: p for p in self.parameters}
        self._is_all_positional = len(positional) == len(self.parameters)
        fields = [(f"_{place}", p.type) for place, p in enumerate(positional)]
        # For a Struct msgspec keeps what it has read of the types; not for a tuple.
        self._together = msgspec.defstruct("Arguments", fields, array_like=True)
        kinds = [p.type for p in positional]
        is_scalar = self._is_all_positional and all(map(_is_scalar, kinds))
        self.scalars: tuple[type, ...] | None = tuple(kinds) if is_scalar else None
        """The types, where each is one of plain values that hold no others."""
        parts = [part for p in self.parameters for part in parts_of(p.type)]
        takes_bytes = any(isinstance(p, BytesType | ByteArrayType) for p in parts)
        # Without them msgspec reads text as bytes in base64; with them it is slower.
        self._as_they_are = (bytes, bytearray) if takes_bytes else None

    def bind(
        self, args: Sequence[Any], kw: Mapping[str, Any], limits: Limits
    ) -> tuple[Sequence[Any], dict[str, Any]]:
        """Give checked positional and keyword arguments, or raise ``BadArguments``."""
        if not kw and self.scalars is not None and fit(args, self.scalars, limits):
            return args, {}
        try:
            require_plain(args, limits)
            if kw:
                require_plain(kw, limits)
        except BadArguments as error:
            name = self._culprit(args, kw, limits)
            raise BadArguments(f"{self.name}: {name}{error.text}") from None
        if not kw and len(args) == len(self._positional) and self._is_all_positional:
            return (astuple(self._convert(args, self._together)) if args else ()), {}
        named = self._named(args, kw)
        return (), {
            name: self._convert(value, self._by_name[name].type, name)
            for name, value in named.items()
        }

    def _culprit(
        self, args: Sequence[Any], kw: Mapping[str, Any], limits: Limits
    ) -> str:
        """Name the declared argument that is not plain or is too large by itself."""
        sent = {p.name: v for p, v in zip(self._positional, args, strict=False)}
        sent |= {name: kw[name] for name in self._by_name if name in kw}
        for name, value in sent.items():
            try:
                require_plain((value,), limits)
            except BadArguments:
                return f"{name}: "
        return ""

    def _named(self, args: Sequence[Any], kw: Mapping[str, Any]) -> dict[str, Any]:
        """Give every argument its name; refuse surplus, unknown, doubled, missing."""
        if len(args) > len(self._positional):
            raise BadArguments(
                f"{self.name}: {len(args)} arguments, "
                f"expected at most {len(self._positional)} ({self.usage()})"
            )
        named = {p.name: v for p, v in zip(self._positional, args, strict=False)}
        for name, value in kw.items():
            if name not in self._by_name:
                raise BadArguments(f"{self.name}: no argument {str(name)[:40]!r}")
            if name in named:
                raise BadArguments(f"{self.name}: argument {name!r} given twice")
            named[name] = value
        for parameter in self.parameters:
            if parameter.name not in named and not parameter.is_optional:
                raise BadArguments(
                    f"{self.name}: argument {parameter.name!r} is missing "
                    f"({self.usage()})"
                )
        return named

    def usage(self) -> str:
        """Give the call as help shows it: ``go(direction: str)``."""
        shown = (
            f"[{p.name}: {p.type_name}]"
            if p.is_optional
            else f"{p.name}: {p.type_name}"
            for p in self.parameters
        )
        return f"{self.name}({', '.join(shown)})"

    def _convert(self, value: Any, expected: Any, name: str = "") -> Any:  # noqa: ANN401 - wire value in, checked value out
        try:
            return msgspec.convert(value, expected, builtin_types=self._as_they_are)
        except msgspec.ValidationError as error:
            raise BadArguments(self._explain(str(error), name)) from None
        except TypeError:  # a list or dict where a set is declared to hold anything
            what = f"{name}: " if name else ""
            raise BadArguments(
                f"{self.name}: {what}an item of a set is no single value"
            ) from None

    def _explain(self, message: str, name: str) -> str:
        """Turn msgspec's ``Expected `int` ... - at `$[0]``` into argument names."""
        match = _PLACE.fullmatch(message)
        assert match is not None  # the pattern matches any text
        path = match["path"] or ""
        if not name:
            index, _, path = path.removeprefix("[").partition("]")
            name = self._positional[int(index)].name
        key = ": a key" if match["key"] else ""
        what = match["what"].replace("`", "")[:_SHOWN]
        return f"{self.name}: {name}{path}{key}: {what[:1].lower()}{what[1:]}"


def signatures_of(owner: type) -> dict[str, Signature]:
    """Read every ``perspective_`` method of a class, by the name a peer calls.

    Read once per class. Raises ``PluginError`` for a method that cannot be called over
    the wire.
    """
    known: dict[str, Signature] | None = vars(owner).get(_SIGNATURES)
    if known is None:
        known = _read_signatures(owner)
        setattr(owner, _SIGNATURES, known)
    return known


def _read_signatures(owner: type) -> dict[str, Signature]:
    names = [
        name.removeprefix(PREFIX) for name in dir(owner) if name.startswith(PREFIX)
    ]
    return {
        name: Signature(_method(owner, PREFIX + name), name)
        for name in names
        if callable(getattr(owner, PREFIX + name))
    }


def _method(owner: type, name: str) -> Callable[..., Any]:
    found = inspect.getattr_static(owner, name)
    if isinstance(found, staticmethod | classmethod):
        text = f"{owner.__name__}.{name}: expected a method that takes self"
        raise PluginError(place_of(found.__func__), text)
    method: Callable[..., Any] = found
    return method


def _is_scalar(kind: object) -> bool:
    return type(kind) is type and kind in _SCALARS


def fit(args: Sequence[Any], kinds: tuple[type, ...], limits: Limits) -> bool:
    """Say whether these are values of just these scalar types, within limits.

    What it refuses may fit all the same; ``bind`` asks further then, and says what is
    wrong.
    """
    if (*map(type, args),) != kinds or len(kinds) > limits.max_items:
        return False
    for value in args:
        kind = type(value)
        if kind is int:
            if not -_INT_BOUND <= value < _INT_BOUND:
                return False
        elif kind is float:
            if not -math.inf < value < math.inf:
                return False
        elif kind is not bool and len(value) > limits.max_string:
            return False
    return True


def require_plain(value: Any, limits: Limits) -> None:  # noqa: ANN401 - wire value
    """Refuse, with ``BadArguments``, what is not plain or is too large.

    Without recursion, and every visit counts, so that neither depth nor shared or
    circular references cost more than ``max_items`` steps.
    """
    items = 0
    level, depth = [value], 0
    while level:
        if depth > limits.max_depth:
            raise BadArguments(f"nested deeper than {limits.max_depth} levels")
        below: list[Any] = []
        for container in level:
            items += len(container)
            if items > limits.max_items:
                raise BadArguments(f"more than {limits.max_items} items in one call")
            for item in _members(container):
                if type(item) in _CONTAINERS:
                    below.append(item)
                else:
                    _require_plain_scalar(item, limits)
        level, depth = below, depth + 1


def _members(container: Any) -> Any:  # noqa: ANN401 - any of _CONTAINERS
    if type(container) is dict:
        return (*container.keys(), *container.values())
    return container


def _require_plain_scalar(value: object, limits: Limits) -> None:
    kind = type(value)
    if kind is int:
        if not -_INT_BOUND <= value < _INT_BOUND:  # type: ignore[operator]  # an int
            raise BadArguments("an integer does not fit into 64 bits")
    elif kind is float:
        if not math.isfinite(value):  # type: ignore[arg-type]  # a float
            raise BadArguments(f"a number is {value}, expected a finite one")
    elif kind is str or kind is bytes:
        if len(value) > limits.max_string:  # type: ignore[arg-type]  # text or bytes
            unit = "characters" if kind is str else "bytes"
            raise BadArguments(
                f"a value has {len(value)} {unit}, "  # type: ignore[arg-type]  # the same
                f"expected at most {limits.max_string}"
            )
    elif value is not None and kind is not bool:
        raise BadArguments("an argument is no plain value")


def _parameters(method: Callable[..., Any], name: str) -> tuple[Parameter, ...]:
    try:
        hints = argument_hints(method)
        declared = list(inspect.signature(method).parameters.values())[1:]
    except (*UNREADABLE, ValueError) as error:
        text = f"{name}: an annotation cannot be read: {error}"
        raise PluginError(place_of(method), text) from error
    return tuple(_parameter(method, name, one, hints) for one in declared)


def _parameter(
    method: Callable[..., Any],
    name: str,
    declared: inspect.Parameter,
    hints: Mapping[str, Any],
) -> Parameter:
    if declared.kind not in (declared.POSITIONAL_OR_KEYWORD, declared.KEYWORD_ONLY):
        text = f"{name}: {declared}: declare each argument so that it has a name"
        raise PluginError(place_of(method), text)
    hint = hints.get(declared.name, Any)
    try:
        parts_of(hint)
    except UNREADABLE as error:
        text = f"{name}: {declared.name}: cannot be checked: {error}"
        raise PluginError(place_of(method), text) from error
    return Parameter(
        name=declared.name,
        type=hint,
        type_name=shown(hint),
        default=declared.default,
        is_keyword_only=declared.kind is declared.KEYWORD_ONLY,
    )
