"""What refuses a plan or a release: an error with module, file and line."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from gameserver.errors import PluginError, ReleaseRefused
from gameserver.reload.places import place_of_error
from gameserver.reload.plan import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gameserver.reload.plan import Plan
    from gameserver.reload.record import Record
    from gameserver.reload.tasks import Task
    from gameserver.reload.text import Text


PASSING = (KeyboardInterrupt, GeneratorExit)
"""What goes on to whoever released; all else that authors' code raises is a failure."""


def refusal(
    error: BaseException, plan: Plan, records: Iterable[Record]
) -> ReleaseRefused:
    """Give what refuses a plan; an unforeseen error is one more reason to refuse.

    The place is the author's line that the error passed through last, if it did.
    """
    if isinstance(error, ReleaseRefused):
        return error
    cause = error
    names = {one.text.origin: one.name for one in records}
    names |= {one.file: one.name for one in plan.modules}
    if isinstance(error, PluginError):
        cause = error.__cause__ or error
        place, text, step = error.place, error.text, "read"
    else:
        place, text, step = place_of_error(error, set(names)), said(error), "plan"
    if not place and plan.modules:
        place = f"{plan.modules[0].file}:1"
    name = names.get(place) or names.get(place.rpartition(":")[0], "")
    refused = ReleaseRefused(place or "<plan>", text, name, step)
    refused.__cause__ = cause
    return refused


def carry_refusal(task: Task, error: BaseException) -> ReleaseRefused:
    """Say where a step or hook of an instance raised, and what."""
    if isinstance(error, ReleaseRefused):
        return error
    place = getattr(error, "place", "") or place_of_error(error, {task.file})
    place = place or f"{task.file}:{task.line}"
    why = error.text if isinstance(error, PluginError) else said(error)
    text = why if why.startswith(f"{task.name}:") else f"{task.name}: {why}"
    refused = ReleaseRefused(place, text, task.module, "migrate")
    refused.__cause__ = error.__cause__ if isinstance(error, PluginError) else error
    return refused


@contextmanager
def looking_at(text: Text) -> Iterator[None]:
    """Let what goes wrong when a module's values are looked at name the text."""
    try:
        yield
    except PluginError:  # it says where
        raise
    except Exception as error:  # an author's value may raise anything
        place = place_of_error(error, {text.origin}) or f"{text.origin}:1"
        raise ReleaseRefused(place, said(error), text.name, "plan") from error


def refused_entry(error: ReleaseRefused) -> Entry:
    """Give a refused plan's line."""
    file, _, line = error.place.rpartition(":")
    if not line.isdigit():
        file, line = error.place, "0"
    return Entry("refused", error.module, "", file, int(line), error.text)


def with_more(error: BaseException, more: str) -> BaseException:
    """Give an error that says more; one that is not of ours gets a note."""
    if not more:
        return error
    if type(error) is not ReleaseRefused:
        error.add_note(more)
        return error
    told = ReleaseRefused(
        error.place, f"{error.text}; {more}", error.module, error.step
    )
    told.__cause__ = error.__cause__
    return told


def said(error: BaseException) -> str:
    """Name an error with its words; they are its author's, who may raise in turn."""
    kind = type(error).__name__
    try:
        return f"{kind}: {error}".rstrip(": ")
    except Exception:  # noqa: BLE001 - an author's __str__ may raise anything
        return kind
