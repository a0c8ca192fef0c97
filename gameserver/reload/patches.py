"""What a module's text put in the place of other modules' names, and their classes'.

``keep.hit = louder(keep.hit)`` means the function that ``keep`` defined, each time the
text runs, and not what its last run made of it. So while the new text is staged, what
was replaced is in its place again; and where the new text replaces it no longer, it
stays there. Only names that meant something before count.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gameserver.reload.kinds import is_of, members_of
from gameserver.reload.puts import Put
from gameserver.reload.same import CONTAINERS, remember
from gameserver.reload.verdict import MISSING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from gameserver.reload.desk import ModuleDesk
    from gameserver.reload.effects import Effects
    from gameserver.reload.record import Record
    from gameserver.reload.watched import Effect

    Mark = tuple[int, str, int]


@dataclass(frozen=True, slots=True)
class Patch:
    """One name: of a namespace or class (``owner``), what it means and meant before."""

    owner: Any
    name: str
    value: object
    replaced: object

    @property
    def mark(self) -> Mark:
        """What tells this one from others."""
        return id(self.owner), self.name, id(self.value)

    @property
    def is_in_force(self) -> bool:
        """Whether nobody has put anything else there since."""
        return _value(self.owner, self.name) is self.value

    def as_put(self) -> Put:
        """Give it as an entry of the namespace, for the merge of the next text."""
        return Put(self.owner, self.name, self.value, remember(self.value))


def patches_of(
    before: Effects, reached: Iterable[Record], known: Container[Mark]
) -> list[Patch]:
    """Find what a text that has run put there; ``known``: what other texts did.

    ``reached``: the modules that it imports; what it imported first was not watched,
    and is compared with what its own text made.
    """
    found = [_patch(one, one.old) for one in before.differences()]
    for record in reached:
        if not before.sees(record.namespace):
            found += _since(record.namespace, record.values)
            for one in record.classes.values():
                owner = one.owner()
                found += [] if owner is None else _since(owner, one.members)
    return [one for one in found if one is not None and one.mark not in known]


def _since(owner: Any, initial: Mapping[str, object]) -> list[Patch]:  # noqa: ANN401 - a dict or class
    """Compare names with what their own text made; containers are their copies."""
    return [
        Patch(owner, name, now, value)
        for name, value in initial.items()
        if type(value) not in CONTAINERS
        and (now := _value(owner, name)) is not value
        and now is not MISSING
    ]


def lay_aside(patches: Iterable[Patch]) -> list[Patch]:
    """Put back what was replaced; the watch (``effects.py``) takes that back."""
    found = [one for one in patches if one.is_in_force]
    for one in found:
        _set(one.owner, one.name, one.replaced)
    return found


def made_again(laid_aside: Iterable[Patch]) -> Iterator[Patch]:
    """Give those that the new text, which has just run, makes as well."""
    for one in laid_aside:
        value = _value(one.owner, one.name)
        if value is not one.replaced and value is not MISSING:
            yield Patch(one.owner, one.name, value, one.replaced)


def renewed_patches(
    module: str,
    watch: Effects,
    before: Iterable[Patch],
    again: Iterable[Patch],
) -> list[Patch]:
    """Give what the new text put there, once the writes are applied.

    ``before``: what the text in force had put. What is in a module of the same plan
    was not watched, and is taken to be in force still.
    """
    found = {(id(one.owner), one.name): one for one in again}
    for one in before:
        if not watch.sees(one.owner):
            found[id(one.owner), one.name] = one
    for effect in watch.found:
        patch = _patch(effect, effect.old)
        if patch is None or (id(patch.owner), patch.name) in found:
            continue
        if watch.maker_at(id(patch.owner), patch.name, patch.value) == module:
            found[id(patch.owner), patch.name] = patch
    # As it is now: what was registered before may stay, with its new code.
    now = [replace(one, value=_value(one.owner, one.name)) for one in found.values()]
    return [one for one in now if one.value is not one.replaced]


def withdraw_patches(patches: Iterable[Patch], desk: ModuleDesk) -> None:
    """Let names mean again what they did, for their module is removed."""
    for one in patches:
        if not one.is_in_force:
            continue
        if is_of(one.owner, dict):
            desk.put(one.owner, one.name, one.replaced)
        else:
            desk.set(one.owner, one.name, one.replaced)


def _patch(effect: Effect, replaced: object) -> Patch | None:
    watched = effect.watched
    is_class = watched.owner is not None and is_of(watched.owner, type)
    is_named = is_class or (watched.owner is None and watched.is_namespace)
    if not is_named or MISSING in (effect.old, effect.new):
        return None
    return Patch(watched.owner or watched.target, str(effect.key), effect.new, replaced)


def _value(owner: Any, name: str) -> object:  # noqa: ANN401 - a dict or class
    table = owner if is_of(owner, dict) else members_of(owner)
    return table.get(name, MISSING)


def _set(owner: Any, name: str, value: object) -> None:  # noqa: ANN401 - as above
    if is_of(owner, dict):
        owner[name] = value
    else:
        type.__setattr__(owner, name, value)
