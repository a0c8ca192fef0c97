"""Classes whose live instances are known, without a scan of the heap.

An instance is entered where it is made, in ``__new__``: by a call of the class, by
``copy``, by ``pickle``, and by ``cls.__new__(cls)`` alone. It leaves when it dies. The
collector plays no part, so ``gc.freeze()`` and ``gc.disable()`` change nothing. Nothing
but the making of an instance costs more than it does in any other class.

Not seen: ``object.__new__(cls)`` (an author's own ``__new__`` has to call super), and
an instance that its ``__del__`` brings back to life out of a reference cycle. An
assigned ``__class__`` needs an ``enter``.
"""

from __future__ import annotations

from types import BuiltinFunctionType
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, TypeVar
from weakref import getweakrefs

from gameserver.reload.kinds import is_of, mro_of
from gameserver.reload.roll import ROLLS, Entry, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_Class = TypeVar("_Class", bound=type)

_object_new = object.__new__
_object_init = object.__init__


class Reloadable:
    """The base of classes whose live instances are known.

    Subclasses may have a ``__dict__`` or slots. Beside a base that builds its instances
    in C (``dict``, ``Exception``) name this one first.
    """

    __slots__ = ("__weakref__",)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:  # noqa: ANN401 - any class's
        """Make an instance and enter it."""
        make = super().__new__
        if make is not _object_new:
            self = make(cls, *args, **kwargs)
        elif (args or kwargs) and cls.__init__ is _object_init:
            raise TypeError(f"{cls.__name__}() takes no arguments")
        else:
            self = make(cls)
        # As Roll.add does; a call of it would be a tenth of the whole price.
        try:
            roll = ROLLS[id(cls)]
        except KeyError:
            roll = opened(cls)
        entry = Entry(self, roll.drop)
        entry.key = key = id(self)
        entry.generation = roll.generation
        roll.parts[0][key] = entry
        return self

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401 - any class's
        """Open the roll of a new subclass, before its first instance."""
        super().__init_subclass__(**options)
        _check(cls)
        opened(cls, is_complete=True)

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Pickle so that loading goes through ``__new__``; protocols 0 and 1 do not."""
        return super().__reduce_ex__(max(protocol.__index__(), 2))


opened(Reloadable, is_complete=True)


def reloadable(cls: _Class) -> _Class:
    """Make a class's instances known as those of a ``Reloadable`` are.

    A decorator for a class that cannot take the base. It goes outermost: what makes
    the class anew (``dataclass(slots=True)``) has to be done before. TypeError if its
    instances cannot be weakly referenced.
    """
    if not cls.__weakrefoffset__:
        raise TypeError(
            f"instances of {_named(cls)} cannot be weakly referenced: add"
            ' "__weakref__" to its __slots__ (in a subclass of int, tuple or bytes'
            " they never can; leave @reloadable out)"
        )
    own = vars(cls)
    _set(cls, "__new__", staticmethod(_entering(cls, own.get("__new__"))))
    _set(cls, "__init_subclass__", _opening(cls, own.get("__init_subclass__")))
    if "__reduce_ex__" not in own and "__reduce__" not in own:
        _set(cls, "__reduce_ex__", _reducing(cls))
    opened(cls, is_complete=True)
    return cls


_set = type.__setattr__

# The three below keep the class in a cell named __class__, as a method that calls
# super() does: a release maps such a cell from the staged class to the live one.


def _entering(__class__: Any, own: Any) -> Callable[..., object]:  # noqa: ANN401 - a class; a static method or none
    make = own.__func__ if own is not None else None

    def __new__(cls: type, *args: Any, **kwargs: Any) -> object:  # noqa: ANN401, N807 - it becomes the class's
        if not issubclass(cls, __class__):
            raise TypeError(
                f"{_named(cls)} was made anew after @reloadable; put @reloadable"
                " above the decorator that does so"
            )
        instance: object
        following = make or super(__class__, cls).__new__
        if following is not _object_new:
            instance = following(cls, *args, **kwargs)
        elif (args or kwargs) and _takes_nothing(cls):
            raise TypeError(f"{cls.__name__}() takes no arguments")
        else:
            instance = following(cls)
        opened(cls).add(instance)
        return instance

    return __new__


def _takes_nothing(cls: Any) -> bool:  # noqa: ANN401 - a class; its __init__ is compared, not called
    return cls.__init__ is _object_init


def _opening(__class__: Any, own: Any) -> object:  # noqa: ANN401 - a class; a class method or none
    def __init_subclass__(cls: Any, /, **options: Any) -> None:  # noqa: ANN401, N807 - it becomes the class's
        if own is not None:
            own.__get__(None, cls)(**options)
        else:
            super(__class__, cls).__init_subclass__(**options)
        _check(cls)
        opened(cls, is_complete=True)

    return classmethod(__init_subclass__)


def _reducing(__class__: Any) -> Callable[..., object]:  # noqa: ANN401 - a class
    def __reduce_ex__(self: object, protocol: SupportsIndex) -> object:  # noqa: N807 - it becomes the class's
        return super(__class__, self).__reduce_ex__(max(protocol.__index__(), 2))

    return __reduce_ex__


def is_known(cls: type) -> bool:
    """Say whether every instance of the class and its subclasses is on a roll."""
    return all(
        (roll := ROLLS.get(id(one))) is not None and roll.is_complete and _enters(one)
        for one in family(cls)
    )


def alive(cls: type) -> Iterator[object]:
    """Give the live instances of a class and of all its subclasses.

    Those that live when the first is asked for; who dies before its turn is left out,
    and nobody is held longer than the caller holds it.
    """
    rolls = filter(None, [ROLLS.get(id(one)) for one in family(cls)])
    for entry in [entry for roll in rolls for entry in roll.entries()]:
        instance = entry()
        if instance is not None:
            yield instance


def count(cls: type) -> int:
    """Count the live instances of a class and of all its subclasses."""
    rolls = (ROLLS.get(id(one)) for one in family(cls))
    return sum(len(roll) for roll in rolls if roll is not None)


def enter(instance: object) -> None:
    """Enter an instance that did not come through ``__new__``, or changed its class.

    It leaves the roll of its former class. Without effect if all is right already.
    """
    roll = opened(type(instance))
    if roll.has(instance):
        return
    former = [one for one in getweakrefs(instance) if type(one) is Entry]
    roll.add(instance)
    for entry in former:
        assert entry.__callback__ is not None  # every entry has it
        entry.__callback__(entry)


def family(*classes: type) -> list[type]:
    """List the classes and all their subclasses, each once, bases first."""
    return sorted(unordered_family(*classes), key=lambda cls: len(mro_of(cls)))


def unordered_family(*classes: type) -> list[type]:
    """List them in any order: of ``object``, all that there are, that is faster."""
    found: dict[int, type] = {}  # a metaclass may compare or hash by an author's code
    ahead, below = list(classes), type.__subclasses__
    while ahead:
        cls = ahead.pop()
        if id(cls) not in found:
            found[id(cls)] = cls
            ahead += below(cls)
    return list(found.values())


def _enters(cls: type) -> bool:
    """Say whether a call of the class comes to a ``__new__`` that is not C's."""
    return not is_of(cls.__new__, BuiltinFunctionType)


def _check(cls: type) -> None:
    if not _enters(cls):
        raise TypeError(
            f"instances of {_named(cls)} would not be known, for a base written in C"
            " makes them: name the reloadable base before it"
        )


def _named(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
