"""What the prompt's keys do: Tab completes, Ctrl-C takes back the line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.completion import Completer, Completion
from prompt_toolkit.key_binding import KeyBindings

from gameserver.client.terminal.completion import candidates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prompt_toolkit.completion import CompleteEvent
    from prompt_toolkit.document import Document
    from prompt_toolkit.key_binding import KeyPressEvent

    from gameserver.client.terminal.catalogue import Catalogue


class CommandCompleter(Completer):
    """Completes commands; ``catalogue`` gives what can be typed now."""

    def __init__(self, catalogue: Callable[[], Catalogue]) -> None:
        self._catalogue = catalogue

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Give what the menu offers, with usage and summary beside it."""
        del complete_event
        for one in candidates(document.text_before_cursor, self._catalogue()):
            yield Completion(
                one.text, -one.replaces, display=one.shown, display_meta=one.meta
            )


def quiet_interrupt(explain: Callable[[], None]) -> KeyBindings:
    """Make Ctrl-C clear the line, and ``explain`` how to leave where it is empty."""
    keys = KeyBindings()

    @keys.add("c-c")
    def clear(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            explain()

    return keys
