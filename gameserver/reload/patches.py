"""What a module's text put in the place of other modules' names, and their classes'.

``keep.hit = louder(keep.hit)`` means the function that ``keep`` defined, each time the
text runs, and not what its last run made of it. So while the new text is staged, what
was replaced is in its place again; and where the new text replaces it no longer, it
stays there. Of a name that meant nothing before, only what the text made of it is
known, for a class or a library: it stays in its place while the text runs, and when it
goes.
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
    """One name: of a namespace or class (``owner``), what it means and meant before.

    ``initial``: what the text made of it last, if that is not ``value``: somebody has
    changed it, and what he made of it stayed.
    """

    owner: Any
    name: str
    value: object
    replaced: object
    initial: object = MISSING

    @property
    def mark(self) -> Mark:
        """What tells this one from others."""
        return id(self.owner), self.name, id(self.value)

    @property
    def place(self) -> tuple[int, str]:
        """What tells its name from others."""
        return id(self.owner), self.name

    @property
    def is_in_force(self) -> bool:
        """Whether nobody has put anything else there since."""
        return _value(self.owner, self.name) is self.value

    @property
    def means_more(self) -> bool:
        """Whether the name meant something before."""
        return self.replaced is not MISSING

    def as_put(self) -> Put:
        """Give it as an entry of the namespace, for the merge of the next text."""
        made = self.value if self.initial is MISSING else self.initial
        return Put(self.owner, self.name, self.value, remember(made))


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
                found += [] if owner is None else _new(owner, one.members)
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


def _new(owner: type, initial: Mapping[str, object]) -> Iterator[Patch]:
    """Give the attributes that a class's own text did not make."""
    for name, now in members_of(owner).items():
        if name not in initial and not name.startswith("__"):
            yield Patch(owner, name, now, MISSING)


def lay_aside(patches: Iterable[Patch]) -> list[Patch]:
    """Put back what was replaced; the watch (``effects.py``) takes that back."""
    found = [one for one in patches if one.is_in_force and one.means_more]
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
    stays: Mapping[tuple[int, object], Put],
) -> list[Patch]:
    """Give what the new text put there, once the writes are applied.

    ``before``: what the text in force had put. What is in a module of the same plan
    was not watched, and is taken to be in force still; so is what replaced nothing.
    ``stays``: by id of the owner and name, what stays there in place of the text's.
    """
    found = {one.place: one for one in again}
    made_again = frozenset(found)
    mine = {one.place: one for one in before}
    for place, one in mine.items():
        if not (one.means_more and watch.sees(one.owner)):
            found.setdefault(place, one)
    for effect in watch.found:
        patch = _patch(effect, effect.old)
        if patch is None or patch.place in made_again:
            continue
        if watch.maker_at(id(patch.owner), patch.name, patch.value) == module:
            known = mine.get(patch.place, patch)
            found[patch.place] = replace(patch, replaced=known.replaced)
    now = [_as_it_is(one, stays.get(one.place)) for one in found.values()]
    return [one for one in now if one.value is not one.replaced]


def _as_it_is(patch: Patch, stays: Put | None) -> Patch:
    """Give a patch as it is now: what was registered before may have stayed."""
    now = _value(patch.owner, patch.name)
    if stays is not None and now is not stays.value:
        return replace(patch, value=stays.value, initial=stays.initial)
    return replace(patch, value=now, initial=MISSING)


def withdraw_patches(patches: Iterable[Patch], desk: ModuleDesk) -> None:
    """Let names mean again what they did, for their module is removed."""
    for one in patches:
        if not (one.is_in_force and one.means_more):
            continue
        if is_of(one.owner, dict):
            desk.put(one.owner, one.name, one.replaced)
        else:
            desk.set(one.owner, one.name, one.replaced)


def _patch(effect: Effect, replaced: object) -> Patch | None:
    watched = effect.watched
    is_class = watched.owner is not None and is_of(watched.owner, type)
    is_named = is_class or (watched.owner is None and watched.is_namespace)
    if not is_named or effect.new is MISSING:
        return None
    is_entry = not is_class and not watched.is_library
    if effect.old is MISSING and is_entry:  # an entry of the namespace (puts.py)
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
