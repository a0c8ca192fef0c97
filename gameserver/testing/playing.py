"""A script of calls played in a world, and all that can be seen of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from twisted.python.failure import Failure

from gameserver.errors import GameError, InternalError
from gameserver.testing.window import result_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gameserver.testing.window import Window
    from gameserver.testing.world import World

Players: TypeAlias = "dict[str, Window]"
Act: TypeAlias = Callable[["World", Players], object]
Step: TypeAlias = "tuple[Any, ...] | float | Act"
"""``("ada", "take", "sword")`` is a call, ``1.5`` lets seconds pass, and a function of
the world and its windows by name does whatever else there is. A player is logged in
when a call first names it; ``("ada",)`` does no more than that."""

RAISED = "what the step raised"
KINDS = "avatar", "service"


@dataclass(frozen=True, slots=True)
class Moment:
    """What one step brought: ``seen`` is by a title such as ``what ada heard``."""

    seen: dict[str, object]

    @property
    def raised(self) -> str:
        """What the step raised in the test itself, or a tick in it; or nothing."""
        return str(self.seen.get(RAISED, ""))


class Play:
    """One world in which a script is played, step by step."""

    def __init__(self, world: World, state: Callable[[World], object]) -> None:
        self.world = world
        self.players: Players = {}
        self._state = state
        self._windows: list[Window] = []
        self._answers: dict[str, list[object]] = {}
        self._asked: dict[int, str] = {}
        """The calls without an answer yet, by number."""
        self._calls = 0

    @property
    def unanswered(self) -> list[str]:
        """The calls that have no answer yet."""
        return list(self._asked.values())

    def step(self, step: Step) -> Moment:
        """Take one step, and give what came of it."""
        seen: dict[str, object] = {}
        try:
            if isinstance(step, tuple):
                self._call(*step)
            elif callable(step):
                seen["what the step gave"] = step(self.world, self.players)
            else:
                self.world.advance(step)
        except Exception as error:  # noqa: BLE001 - what an author's step raises is compared
            seen[RAISED] = _said(error)
        return self._seen(seen)

    def end(self) -> Moment:
        """Close the world, which saves all, and give what came of that."""
        seen: dict[str, object] = {}
        try:
            self.world.close()
        except Exception as error:  # noqa: BLE001 - likewise
            seen[RAISED] = _said(error)
        return self._seen(seen)

    def _seen(self, seen: dict[str, object]) -> Moment:
        for who, answers in self._answers.items():
            seen[f"the answers to {who}"] = tuple(answers)
        self._answers = {}
        for window in self._windows:
            title = f"what {window.name} heard"
            heard = (*_listed(seen.get(title)), *window.heard)
            if heard:
                seen[title] = heard
            window.clear()
        errors = [_said(one.value) for one in self.world.flush_errors()]
        if errors:
            seen["the errors that were logged"] = errors
        seen["what was stored"] = self._state(self.world)
        return Moment(seen)

    def _call(self, name: str, method: str = "", *args: object) -> None:
        window = self.players.get(name)
        if window is None or not window.is_open:
            window = self.players[name] = self.world.login(name)
            self._windows.append(window)
        if not method:
            return
        self._calls += 1
        number = self._calls
        self._asked[number] = shown((name, method, *args))
        asked = window.start(method, *args)
        asked.addBoth(self._answered, name, number)

    def _answered(self, result: object, name: str, number: int) -> None:
        title = f"call {number}"
        if self._asked.pop(number, None) is None:
            title = f"call {number}, once more"
        answer = _refusal(result) if isinstance(result, Failure) else result
        self._answers.setdefault(name, []).append((title, answer))


def stored(world: World) -> dict[str, Any]:
    """Give the declared state of every avatar and service as the store has it now."""
    snapshots = world.store.snapshots
    states: dict[str, Any] = {}
    for kind in KINDS:
        for name in result_of(snapshots.ids(kind), "the store's ids"):
            row = result_of(snapshots.load(kind, name), "the store's state")
            states[f"{kind} {name}"] = json.loads(row.state)
    return states


def shown(step: Step) -> str:
    """Give a step as a script's line."""
    if isinstance(step, tuple):
        who, *rest = step
        words = [str(rest[0]), *map(repr, rest[1:])] if rest else ["logs in"]
        return f"{who} {' '.join(words)}"
    if callable(step):
        return getattr(step, "__name__", repr(step))
    return f"wait {step} s"


def unlike(one: Sequence[Moment], other: Sequence[Moment]) -> tuple[int, str] | None:
    """Give the first step in which two plays differ, and the title of what differs."""
    for index, (here, there) in enumerate(zip(one, other, strict=False)):
        titles = dict.fromkeys([*here.seen, *there.seen])
        for title in titles:
            if here.seen.get(title) != there.seen.get(title):
                return index, title
    return None


def _listed(heard: object) -> tuple[object, ...]:
    return heard if isinstance(heard, tuple) else ()


def _refusal(failure: Failure) -> object:
    error = failure.value
    if isinstance(error, GameError) and error.code == InternalError.wire_code:
        return f"refused with {error.code}"  # its text is another each time
    if isinstance(error, GameError):
        return f"refused with {error.code}: {error.text}"
    return _said(error)


def _said(error: BaseException | None) -> str:
    return f"{type(error).__name__}: {error}"
