"""Lookups of zope.interface's adapter registries: what they remember goes in the pass.

A lookup remembers answers in C. Beside that it keeps, for every interface, which of
those that something is registered for extend it; zope.interface does not compute that
anew when bases change.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from gameserver.reload import results
from gameserver.reload.resolution import is_lookup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gameserver.reload.adapter import Desk
    from gameserver.reload.resolution import Orders


def lay_lookups(
    provided: Mapping[Any, Iterable[Any]], orders: Orders, desk: Desk
) -> None:
    """Lay down that registries, and those below them, look everything up again.

    ``provided``: the registries, and what each will have something registered for.
    """
    waiting = list(provided)
    seen: set[int] = set()
    while waiting:
        one = waiting.pop()
        if id(one) not in seen:
            seen.add(id(one))
            waiting += list(getattr(one, "_v_subregistries", ()))
            _forget(one, desk)
            now = one._provided  # noqa: SLF001 - there is no other way in
            _lay_extendors(one, provided.get(one, now), orders, desk)


def of_dependents(orders: Orders) -> list[Any]:
    """Give the registries whose lookups are told of changes."""
    lookups = [one for one in orders.dependents if is_lookup(one)]
    found = [getattr(one, "_registry", None) for one in lookups]
    return [one for one in found if one is not None]


def _forget(registry: Any, desk: Desk) -> None:  # noqa: ANN401 - a registry
    lookup = registry._v_lookup  # noqa: SLF001 - as above
    base: Any = sys.modules["zope.interface.adapter"]
    results.drop(lookup, partial(base.LookupBase.changed, lookup, None), desk)
    # Registries that verify compare this number; so undo must not give it back.
    now = registry._generation  # noqa: SLF001 - as above
    count = partial(object.__setattr__, registry, "_generation")
    desk.do(partial(count, now + 1), partial(count, now + 2))


def _lay_extendors(
    registry: Any,  # noqa: ANN401 - as above
    provided: Iterable[Any],
    orders: Orders,
    desk: Desk,
) -> None:
    found: dict[Any, list[Any]] = {}
    for one in provided:
        extended = dict.fromkeys(orders.of(one))
        for interface in orders.interfaces(one):
            known = found.get(interface, [])
            nearer = [other for other in known if other in extended]
            rest = [other for other in known if other not in extended]
            found[interface] = [*nearer, one, *rest]
    desk.set(registry._v_lookup, "_extendors", found)  # noqa: SLF001 - as above
