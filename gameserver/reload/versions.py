"""What a release may do to the version of a class: raise it, by whole numbers.

Steps lead upwards only. Were the version lowered, live instances would keep the fields
of the higher one, and the next rise would run the same steps on them again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gameserver.errors import ReleaseRefused
from gameserver.reload.instances import count, family, is_known
from gameserver.reload.kinds import members_of
from gameserver.reload.migration import FIRST_VERSION
from gameserver.reload.scan import instances_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

    from gameserver.reload.pairing import Pairs
    from gameserver.reload.plan import Scan

VERSION = "version"


def check_versions(
    pairs: Iterable[Pairs],
    clock: Callable[[], float],
    scans: list[Scan],
    newborn: Container[object],
) -> None:
    """Refuse a version that falls, or that tells no steps, under live instances.

    ``newborn``: instances that the new texts made, which do not count.
    """
    for one in pairs:
        for path, live, staged in one.classes:
            known = one.old.classes[path].members
            if VERSION in known or VERSION in members_of(staged):
                why = _problem(live, staged, known)
                number = _alive(live, clock, scans, newborn) if why else 0
                if number:
                    _refuse(one, path, why.format(_live(number)))


def _problem(live: type, staged: type, known: dict[str, Any]) -> str:
    """Say what is wrong, "" if nothing; {} stands for the live instances."""
    before = known.get(VERSION, getattr(live, VERSION, FIRST_VERSION))
    after = getattr(staged, VERSION, FIRST_VERSION)
    is_served = any(members_of(each).get("__migrations__") for each in staged.__mro__)
    if type(before) is not int:
        return (
            f"version is {before!r} in the text in force, expected a whole number:"
            " nothing tells which steps to run on {}; first release version = 1,"
            " without steps"
            if is_served
            else ""
        )
    if type(after) is int and after < before:
        up = max(before, FIRST_VERSION) + 1
        return (
            f"version falls from {before} to {after}, under {{}}; write version {up}"
            f" with a step that leads back, @migration({staged.__name__}, to={up})"
        )
    return ""


def _alive(
    owner: type,
    clock: Callable[[], float],
    scans: list[Scan],
    newborn: Container[object],
) -> int:
    if is_known(owner):
        return count(owner)
    return sum(x not in newborn for x in instances_of(family(owner), clock, scans))


def _live(number: int) -> str:
    return "1 live instance" if number == 1 else f"{number} live instances"


def _refuse(pairs: Pairs, path: str, why: str) -> None:
    scope, _, name = path.rpartition(".")
    line = pairs.staged.outline.line(path, VERSION)
    line = line or pairs.staged.outline.line(scope, name) or 1
    text = pairs.staged.text
    raise ReleaseRefused(f"{text.origin}:{line}", f"{path}: {why}", text.name, "plan")


def raised(pairs: Iterable[Pairs]) -> dict[str, int]:
    """Give the classes whose version rises, and to what."""
    found = {}
    for one in pairs:
        for path, live, staged in one.classes:
            before = getattr(live, VERSION, FIRST_VERSION)
            after = members_of(staged).get(VERSION)
            if type(before) is int and type(after) is int and after > before:
                found[f"{one.old.name}.{path}"] = after
    return found


def advice(versions: dict[str, int]) -> str:
    """Say what to release where an undo is too late."""
    if not versions:
        return "release the earlier text"
    listed = ", ".join(f"{name} = {n + 1}" for name, n in versions.items())
    return (
        "release the earlier text with a higher version and a step that leads back,"
        f" for its instances stay migrated: version of {listed}"
    )
