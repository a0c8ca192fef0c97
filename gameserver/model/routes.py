"""The calls that a class has for scalars only, found by their names on the wire."""

from __future__ import annotations

from gameserver.model.arguments import PREFIX, signatures_of

Route = tuple[str, tuple[type, ...]]
"""The method's name, and the type that each of its arguments has."""

ROUTES = "__routes__"
"""Where a class keeps them."""


def routes_of(owner: type) -> dict[bytes, Route]:
    """Give the calls that need nothing but a look at the type of each argument.

    Read once per class. Raises ``PluginError`` as ``signatures_of``.
    """
    known: dict[bytes, Route] | None = vars(owner).get(ROUTES)
    if known is None:
        known = {
            name.encode(): (PREFIX + name, one.scalars)
            for name, one in signatures_of(owner).items()
            if one.scalars is not None and not one.is_saved_soon
        }
        setattr(owner, ROUTES, known)
    return known
