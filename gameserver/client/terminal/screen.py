"""Whole pieces printed above the line being typed, in the order in which they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prompt_toolkit.application import get_app_or_none, get_app_session
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.renderer import print_formatted_text
from prompt_toolkit.styles import Style

from gameserver.client.terminal.plain_text import wrapped

if TYPE_CHECKING:
    from gameserver.client.terminal.rendering import Piece

STYLE: Final = Style.from_dict(
    {
        "error": "ansired",
        "notice": "ansicyan",
        "answer": "bold",
        "prompt": "bold",
        "rprompt": "ansibrightblack",
    }
)
"""Few colours; prompt_toolkit leaves them out where ``NO_COLOR`` is set."""


def show(piece: Piece) -> None:
    """Print a piece at once; the line being typed is drawn again below it.

    Not by prompt_toolkit's ``patch_stdout``, whose thread holds text back for a fifth
    of a second, nor by its ``run_in_terminal``, which puts the terminal back to its
    own line editing meanwhile: a key pressed in that moment is lost.
    """
    app = get_app_or_none()
    if app is None or not app.is_running:
        _write(piece)
        return
    app.renderer.erase()
    _write(piece)
    app.renderer.reset()
    if not app.is_done:  # there would be nobody to read the terminal's answer
        app.renderer.request_absolute_cursor_position()
    app.invalidate()


def _write(piece: Piece) -> None:
    output = get_app_session().output
    text = wrapped(piece.text, output.get_size().columns)
    fragments = FormattedText([(f"class:{piece.kind}", f"{text}\n")])
    print_formatted_text(output, fragments, STYLE)
    output.flush()
