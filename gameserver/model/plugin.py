"""What a plugin names its resources by: ``plugin["lamp"] = Lamp()``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from gameserver.errors import PluginError
from gameserver.model.resource import (
    VirtualResource,
    in_force,
    put_back,
    require_heir,
)
from gameserver.model.standin import bare
from gameserver.reload.instances import Reloadable
from gameserver.reload.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gameserver.reload.source import Text

ROOT = "plugins."


class Plugin(Reloadable):
    """The named resources of one module; each module has one, made in its text.

        from gameserver import Plugin, VirtualResource

        plugin = Plugin(__name__)

        class Lamp(VirtualResource):
            ...

        def light() -> Lamp:
            plugin["lamp"] = lamp = Lamp()
            return lamp

    An explicit object, as a name that is imported could not know who imports it. In
    ``plugins/keep/crypt.py`` its ``name`` is ``"keep.crypt"``. A release leaves it and
    what it names alone.

    ``plugin["lamp"]`` gives the resource in force, ``KeyError`` if there is none.
    Setting a name that is in use is a succession: ``old.handoff(new)`` runs, and if it
    raises, the old one stays. ``len``, ``in`` and iteration are over the names in use.
    """

    def __init__(self, module: str) -> None:
        self.module = module
        self.name = module.removeprefix(ROOT)
        self._named: WeakValueDictionary[str, VirtualResource] = WeakValueDictionary()
        self._read: tuple[Text | None, frozenset[str]] = (None, frozenset())

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - the author's own class
        found = self._named.get(key)
        if found is None:
            there = ", ".join(sorted(self)) or "none"
            raise KeyError(f"{self.name} has no resource {key!r}; there are: {there}")
        return in_force(found)

    def __setitem__(self, key: str, resource: VirtualResource) -> None:
        resource = bare(resource)
        self._require_free(key, resource)
        old = self._named.get(key)
        if old is None:
            self.enter(key, resource)
        elif in_force(old) is not resource:
            self._succeed(key, in_force(old), resource)

    def __delitem__(self, key: str) -> None:
        """Take the name away; who holds the resource keeps it."""
        self[key]._place = None  # noqa: SLF001 - as in enter
        del self._named[key]

    def __contains__(self, key: object) -> bool:
        return key in self._named

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._named))

    def __len__(self) -> int:
        return len(self._named)

    def __repr__(self) -> str:
        return f"<plugin {self.name}>"

    def enter(self, key: str, resource: VirtualResource) -> None:
        """Give a name to a resource; for ``handoff``, others set an item."""
        self._named[key] = resource
        resource._place = (self, key)  # noqa: SLF001 - the name is given here alone

    def _succeed(self, key: str, old: VirtualResource, new: VirtualResource) -> None:
        require_heir(old, new)  # before the author's own handoff meets it
        place = new._place  # noqa: SLF001 - as in enter
        try:
            old.handoff(new)
            if old.replacement is not new:
                text = f"{type(old).__name__}.handoff() did not call super().handoff()"
                raise RuntimeError(text)  # noqa: TRY301 - it is taken back, too
        except BaseException:
            put_back(old, new)
            new._place = place  # noqa: SLF001 - as in enter
            self.enter(key, old)
            raise

    def _require_free(self, key: object, resource: object) -> None:
        if not isinstance(key, str) or not key:
            raise TypeError(f"{self.name}: the name is {key!r}, expected some text")
        if not isinstance(resource, VirtualResource):
            text = f"{self.name}[{key!r}] = {type(resource).__name__}(...)"
            raise TypeError(f"{text}: expected a VirtualResource")
        if key in self._bound():
            text = f"the text of {self.module} binds {key!r}"
            raise RuntimeError(f"{text}; choose another name for the resource")
        if resource.replacement is not None:
            raise ValueError(f"{resource!r} was replaced; name its replacement")
        if resource.name not in (None, (self.name, key)):
            raise ValueError(f"{resource!r} has a name already; it cannot be {key!r}")

    def _bound(self) -> frozenset[str]:
        """Give the names that the module's text binds, now or when it has run.

        Of a module that no source of ours serves: the names that it has.
        """
        module = sys.modules.get(self.module)
        text = getattr(getattr(module, "__loader__", None), "text", None)
        if text is None or module is None:
            return frozenset(vars(module) if module is not None else ())
        if text is not self._read[0]:
            self._read = (text, _names(text))
        stars = frozenset(vars(module)) if "*" in self._read[1] else frozenset()
        return self._read[1] | stars


def _names(text: Text) -> frozenset[str]:
    try:
        return frozenset(outline(text).bindings.get("", ()))
    except PluginError:  # it runs, so it was read; let nothing here stop the game
        return frozenset()
