"""The life of one release as a table: what may follow what.

    planned --rehearse--> rehearsed --quiesce--> quiesced --commit--> committed
    planned, rehearsed, quiesced --refuse--> refused
    committed --watch--> watched --settle--> permanent
    committed, watched --undo--> undone

Until ``committed`` nothing of the game has changed. ``committed`` lasts as long as new
services start; only a release that came through that is ``watched``.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from gameserver.errors import NotReleased
from gameserver.model.release_row import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence


class State(Enum):
    """Where a release is."""

    PLANNED = "planned"
    REHEARSED = "rehearsed"
    QUIESCED = "quiesced"
    COMMITTED = "committed"
    WATCHED = "watched"
    PERMANENT = "permanent"
    UNDONE = "undone"
    REFUSED = "refused"


class Event(Enum):
    """What happens to it."""

    REHEARSE = "rehearse"
    QUIESCE = "quiesce"
    COMMIT = "commit"
    WATCH = "watch"
    SETTLE = "settle"
    UNDO = "undo"
    REFUSE = "refuse"


TABLE: dict[tuple[State, Event], State] = {
    (State.PLANNED, Event.REHEARSE): State.REHEARSED,
    (State.PLANNED, Event.REFUSE): State.REFUSED,
    (State.REHEARSED, Event.QUIESCE): State.QUIESCED,
    (State.REHEARSED, Event.REFUSE): State.REFUSED,
    (State.QUIESCED, Event.COMMIT): State.COMMITTED,
    (State.QUIESCED, Event.REFUSE): State.REFUSED,
    (State.COMMITTED, Event.WATCH): State.WATCHED,
    (State.COMMITTED, Event.UNDO): State.UNDONE,
    (State.WATCHED, Event.SETTLE): State.PERMANENT,
    (State.WATCHED, Event.UNDO): State.UNDONE,
}

_OUTCOMES = {
    State.REHEARSED: Outcome.BEGUN,
    State.QUIESCED: Outcome.BEGUN,
    State.COMMITTED: Outcome.COMMITTED,
    State.WATCHED: Outcome.COMMITTED,
    State.PERMANENT: Outcome.PERMANENT,
    State.UNDONE: Outcome.UNDONE,
    State.REFUSED: Outcome.REFUSED,
}
_IN_FORCE = frozenset({State.COMMITTED, State.WATCHED, State.PERMANENT})
_ENDS = frozenset({State.PERMANENT, State.UNDONE, State.REFUSED})


def after(state: State, event: Event) -> State:
    """Give the next state; ``ValueError`` if the event cannot happen in this one."""
    found = TABLE.get((state, event))
    if found is None:
        may = sorted(one.value for here, one in TABLE if here is state)
        raise ValueError(
            f"{event.value} of a release that is {state.value}:"
            f" expected {' or '.join(may) or 'nothing, it has ended'}"
        )
    return found


def is_in_force(state: State) -> bool:
    """Say whether the game runs the release's code."""
    return state in _IN_FORCE


def is_over(state: State) -> bool:
    """Say whether nothing can happen to it any more."""
    return state in _ENDS


def outcome(state: State) -> Outcome | None:
    """Give what the history calls a state; None while nothing has begun."""
    return _OUTCOMES.get(state)


def to_undo(
    in_force: Sequence[int],
    permanent: int,
    number: int | None,
    undone: Sequence[int] = (),
) -> int:
    """Give the number of the release that an undo is about.

    ``in_force``: those that can be undone, the last one last. ``permanent``: the last
    that cannot, 0 for none. ``number``: the one asked for, None for the last.
    ``undone``: those that were taken back since the start. Raises ``NotReleased``
    saying what can be done.
    """
    last = in_force[-1] if in_force else 0
    wanted = last if number is None else number
    if wanted and wanted == last:
        return wanted
    if wanted in in_force:
        later = ", ".join(str(one) for one in reversed(in_force) if one > wanted)
        raise NotReleased(f"release {wanted}: undo {later} first, which rest on it")
    is_undone = f"release {wanted} is undone already"
    if last:
        what = is_undone if wanted in undone else f"release {wanted} is not in force"
        raise NotReleased(f"{what}; {last} can be undone")
    if permanent and wanted in (0, permanent):
        raise NotReleased(
            f"release {permanent} is permanent;"
            " release an earlier one again, or the earlier text"
        )
    remedy = "but an earlier release or text can be released"
    raise NotReleased(f"{_none(wanted, undone)}; nothing can be undone, {remedy}")


def _none(wanted: int, undone: Sequence[int]) -> str:
    """Say why none can be undone, where none is in force."""
    if wanted:
        what = "undone already" if wanted in undone else "not in force"
        return f"release {wanted} is {what}"
    if undone:
        return f"no release is in force: release {undone[-1]} is undone already"
    return "there is no release since the server started"
