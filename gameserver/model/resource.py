"""Resources: named live objects made at run time, each succeeded by another in turn.

The rules:

* A resource is succeeded by one of its own class or of a subclass; ``TypeError``
  otherwise. A class that a release has made anew counts as the one that it was.
* Who has been succeeded stays so, and hands on what it is asked to hand over. Nobody
  succeeds that has been succeeded itself, so there are no cycles.
* All predecessors know the one in force and nothing of one another: each of them can
  be collected as soon as nobody holds it, and 1,000 successions leave no chain.
* A resource is held by nobody on account of its name. An interface holds the one in
  force, and so does every predecessor that somebody holds.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from gameserver.model.standin import StandIn, bare
from gameserver.reload.instances import Reloadable

if TYPE_CHECKING:
    from gameserver.model.plugin import Plugin


class Line:
    """A line of succession: who is in force; held by predecessors and interfaces.

    ``key``: what its stand-ins are hashed by. Whoever is in force knows its lines
    weakly, so that it dies with its last reference and waits for no collector.
    """

    __slots__ = ("__weakref__", "current", "key")

    def __init__(self, current: Resource) -> None:
        self.current = current
        self.key = object()


class Resource(Reloadable):
    """What can be succeeded: ``interface``, ``handoff`` and ``replacement``."""

    _line: Line | None = None
    """The line that it has left; None while it is in force."""
    _lines: WeakSet[Line] | None = None
    """The lines at whose end it is, of itself and of its predecessors."""

    @property
    def replacement(self) -> Any:  # noqa: ANN401 - the author's own class
        """The resource that is in force in its place; None if it is so itself."""
        return None if self._line is None else self._line.current

    def interface(self) -> Any:  # noqa: ANN401 - a stand-in for the author's own class
        """Give a stand-in that follows all successors, to be kept anywhere.

        See ``gameserver.model.standin`` for what it passes on.
        """
        current = in_force(self)
        line = next(iter(current._lines or ()), None) or _open_line(current)  # noqa: SLF001 - of the same class
        return StandIn(lambda: line.current, line.key)

    def handoff(self, new: Any) -> None:  # noqa: ANN401 - the author's own class
        """Let ``new`` take this one's place: its name, its interfaces.

        Override it to hand over what is yours, and call ``super().handoff(new)`` at the
        end. If this one was replaced already, the one in force hands over. Raises
        ``TypeError`` if ``new`` is of another class, and ``ValueError`` if it is this
        one or was replaced itself; nothing has changed then.
        """
        new = bare(new)
        if self._line is not None:
            self._line.current.handoff(new)
            return
        require_heir(self, new)
        _pass(self, new)

    def __html_repr__(self) -> str:
        """Give its line in the console, as HTML; override it to say more."""
        return escape(repr(self))


class VirtualResource(Resource):
    """A named live object that a game makes at run time.

    ``plugin["lamp"] = Lamp()`` names it, see ``Plugin``. It stays as long as somebody
    holds it or an interface to it; then it is gone, and its name with it.
    """

    _place: tuple[Plugin, str] | None = None

    @property
    def name(self) -> tuple[str, str] | None:
        """The plugin's name and its own; None before it is named."""
        return None if self._place is None else (self._place[0].name, self._place[1])

    def handoff(self, new: Any) -> None:  # noqa: ANN401 - as above
        """Let ``new`` take this one's place; see ``Resource.handoff``.

        ``ValueError`` as well if ``new`` has another name already.
        """
        new, place = bare(new), self._place
        if self._line is None and place is not None:
            require_heir(self, new)
            if new._place not in (None, place):  # noqa: SLF001 - of the same class
                text = f"{new!r} has a name already; it cannot be {self.name} as well"
                raise ValueError(text)
            place[0].enter(place[1], new)
        super().handoff(new)

    def __repr__(self) -> str:
        name = "unnamed" if self.name is None else " ".join(self.name)
        return f"<{type(self).__name__} {name}>"


def in_force(one: Resource) -> Any:  # noqa: ANN401 - the author's own class
    """Give the last successor of a resource, itself if it has none."""
    line = one._line  # noqa: SLF001 - what this file keeps
    return one if line is None else line.current


def require_heir(old: Resource, new: object) -> None:
    """Raise ``TypeError`` or ``ValueError`` if ``new`` cannot succeed ``old``."""
    owner, heir = type(old), type(new)
    names = {(one.__module__, one.__qualname__) for one in heir.__mro__}
    if (owner.__module__, owner.__qualname__) not in names or not isinstance(
        new, Resource
    ):
        raise TypeError(
            f"{_named(heir)} cannot succeed {_named(owner)}:"
            f" expected {owner.__name__} or a subclass of it"
        )
    if new is old:
        raise ValueError(f"{old!r} cannot succeed itself")
    if new._line is not None:  # noqa: SLF001 - of the same class
        raise ValueError(f"{new!r} cannot succeed: it was replaced itself")


def put_back(old: Resource, new: Resource) -> None:
    """Take a handoff back, but for names: ``old`` is in force again.

    No error if it did not come to pass.
    """
    line = old._line  # noqa: SLF001 - what this file keeps
    if line is None or line.current is not new:
        return
    own = new._lines  # noqa: SLF001 - the same
    for one in list(old._lines or ()):  # noqa: SLF001 - the same
        one.current = old
        if own is not None:
            own.discard(one)
    old._line = None  # noqa: SLF001 - the same


def _named(owner: type) -> str:
    return f"{owner.__module__}.{owner.__qualname__}"


def _open_line(one: Resource) -> Line:
    line = Line(one)
    _lines_of(one).add(line)
    return line


def _lines_of(one: Resource) -> WeakSet[Line]:
    if one._lines is None:  # noqa: SLF001 - what this file keeps
        one._lines = WeakSet()  # noqa: SLF001 - the same
    return one._lines  # noqa: SLF001 - the same


def _pass(old: Resource, new: Resource) -> None:
    """Have all that led to one lead to the other."""
    line = next(iter(_lines_of(old)), None) or _open_line(old)
    lines = list(_lines_of(old))
    _lines_of(new).update(lines)
    for one in lines:
        one.current = new
    old._line = line  # noqa: SLF001 - what this file keeps
