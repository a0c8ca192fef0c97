"""What avatars and services have in common: a name, declared state and timers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from gameserver.errors import Damaged, PluginError
from gameserver.model.carrier import StateCarrier
from gameserver.model.snapshot import Snapshot
from gameserver.model.state import State, raw_state, shape_of
from gameserver.model.tracking import track
from gameserver.reload.instances import Reloadable
from gameserver.reload.migration import FIRST_VERSION, migrate
from gameserver.reload.places import place_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gameserver.interfaces import ClientSet, OwnedClientSet, Realm, Timers

S = TypeVar("S", bound="Stateful")


@dataclass(frozen=True, slots=True)
class Seat:
    """What the server gives an avatar or service when it makes it."""

    name: str
    realm: Realm
    clients: OwnedClientSet
    timers: Timers
    touched: Callable[[Stateful], object]
    """Told when the object's state may have changed, or may be about to."""
    wrote: Callable[[Stateful], object]
    """Told, in place of ``touched``, when a public attribute was set or deleted."""


class Stateful(Reloadable):
    """Declared state, a place in the realm, and timers by method name."""

    __memos__ = ("__state_shape__", "__signatures__", "__routes__")
    """What is kept in a class's dict and must be read anew when the class changes."""

    kind: ClassVar[str] = "stateful"
    """What a store files it under; the same for all classes of one base, so that an
    author may rename a class and keep what is stored."""

    version: ClassVar[int] = FIRST_VERSION
    __reserved__: ClassVar[frozenset[str]] = frozenset(
        {"cancel", "clients", "every", "kind", "later", "name", "realm", "version"}
    )
    """What a field cannot be called; subclasses in the product add their own."""

    _seat: Seat
    _unknown_state: dict[str, Any]

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - for those above
        super().__init_subclass__(**options)
        track(cls, Stateful)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)
        if name[0] != "_":
            self._seat.wrote(self)

    def __delattr__(self, name: str) -> None:
        object.__delattr__(self, name)
        self._seat.wrote(self)

    def __touch__(self) -> None:
        """Tell that the state may have changed; see ``tracking``."""
        self._seat.touched(self)

    @classmethod
    def __carrier__(cls) -> StateCarrier:
        """Give what carries instances to the next version of their class."""
        return StateCarrier(cls)

    @property
    def name(self) -> str:
        """The name it is found by in the realm."""
        return self._seat.name

    @property
    def clients(self) -> ClientSet:
        """The clients that belong to it now."""
        return self._seat.clients

    @property
    def realm(self) -> Realm:
        """The world it lives in."""
        return self._seat.realm

    def every(self, seconds: float, method: str) -> None:
        """Call ``self.method()`` every so many seconds, keeping phase.

        One timer per method: a second call replaces the first. A tick that raises is
        logged and the next one comes; a tick still at work when the next is due lets
        that one pass.
        """
        self._require_method(method)
        if not seconds > 0:
            raise ValueError(f"every {seconds!r} s: expected more than 0")
        self._seat.timers.every(seconds, method)

    def later(self, seconds: float, method: str, *args: object) -> None:
        """Call ``self.method(*args)`` once, after so many seconds."""
        self._require_method(method)
        if not seconds >= 0:
            raise ValueError(f"later, in {seconds!r} s: expected 0 or more")
        self._seat.timers.later(seconds, method, *args)

    def cancel(self, method: str) -> None:
        """Stop every timer of that method; no error if there is none."""
        self._seat.timers.cancel(method)

    def _require_method(self, method: str) -> None:
        if not callable(getattr(type(self), method, None)):
            text = f"{type(self).__name__} has no method {method!r}"
            raise AttributeError(text)  # noqa: TRY004 - the name is wrong


def make(owner: type[S], seat: Seat, stored: Snapshot | None) -> S:
    """Build an object in its seat, with stored state or with defaults.

    The author's ``__init__`` takes no arguments and runs before stored state is set,
    so it cannot overwrite it. Raises ``PluginError`` when the state does not fit, and
    ``Damaged`` when what is stored is.
    """
    shape = shape_of(owner)
    subject = owner.__new__(owner)
    subject._seat = seat  # noqa: SLF001 - the seat is given here and nowhere else
    subject._unknown_state = {}  # noqa: SLF001 - the same
    vars(subject).update(shape.defaults())
    subject.__init__()  # type: ignore[misc]  # two steps, so that the seat is there first
    if stored is not None:
        restore(subject, stored)
    return subject


def restore(subject: Stateful, stored: Snapshot) -> None:
    """Give an object the state that is stored; raises as ``make`` does."""
    owner = type(subject)
    shape = shape_of(owner)
    state = migrate(owner, _readable(stored), stored.version)
    declared, unknown = shape.decode(state)
    fields = vars(subject)
    fields.update(declared)
    subject._unknown_state = unknown  # noqa: SLF001 - given here and in make


def _readable(stored: Snapshot) -> State:
    try:
        return raw_state(stored.state)
    except (ValueError, RecursionError) as error:
        text = f"{stored.kind} {stored.id!r}: what is stored is damaged: {error}"
        raise Damaged(text) from error


def snapshot_of(subject: Stateful, revision: int) -> Snapshot:
    """Freeze the declared state; ``PluginError`` names a field that is wrong."""
    owner = type(subject)
    state = shape_of(owner).encode(subject, subject._unknown_state)  # noqa: SLF001
    return Snapshot(owner.kind, subject.name, owner.version, state, revision)


def check_class(owner: type[Stateful]) -> None:
    """Refuse, with ``PluginError``, a class whose declaration cannot work."""
    shape_of(owner)
    if "__dataclass_fields__" in vars(owner):
        text = f"{owner.__name__} is a dataclass; write its fields without @dataclass"
        raise PluginError(place_of(owner), text)
    if type(owner.version) is not int or owner.version < FIRST_VERSION:
        text = f"{owner.__name__}.version = {owner.version!r}"
        raise PluginError(place_of(owner), f"{text}, expected a whole number from 1")
