"""What the fuzzer releases: changes of text after which a game must go on as before."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Fate(Enum):
    """What becomes of a release that the fuzzer puts between two calls."""

    STAYS = "stays"
    UNDONE = "is undone at once"
    REFUSED = "is refused"


@dataclass(frozen=True, slots=True)
class Version:
    """A release that players must not notice.

    ``change``: gives a module's new text from its full name, the text that it runs,
    and the number of the release, from 1; the same text leaves the module alone.
    """

    name: str
    change: Callable[[str, str, int], str]
    fate: Fate = Fate.STAYS

    @classmethod
    def of_texts(cls, name: str, texts: Mapping[str, str]) -> Version:
        """Make one of texts by full module name; they stay."""
        return cls(name, lambda module, text, _: texts.get(module, text))

    def texts(self, running: Mapping[str, str], number: int) -> dict[str, str | None]:
        """Give the texts to release, of the modules that change."""
        changed = {
            name: self.change(name, text, number)
            for name, text in running.items()
            if "__reloadable__ = False" not in text
        }
        return {name: text for name, text in changed.items() if text != running[name]}


def _comment(_: str, text: str, number: int) -> str:
    return f"# release {number}\n{text}"


def _new_name(_: str, text: str, number: int) -> str:
    return f"{text}\n_release_{number} = {number}\n"


def _typo(_: str, text: str, number: int) -> str:
    return f"{text}\ndef _release_{number}(:\n"


def _raising(_: str, text: str, number: int) -> str:
    return f"{text}\nraise RuntimeError('release {number} fails in its text')\n"


def _raising_hook(_: str, text: str, number: int) -> str:
    return (
        f"{text}\ndef module_reloaded():\n"
        f"    raise RuntimeError('release {number} fails in its hook')\n"
    )


COMMENT = Version("a comment in every module", _comment)
"""All lines move, and no text runs."""
NEW_NAME = Version("a new name in every module", _new_name)
"""Every text runs again, aside, and every module hook and instance hook runs."""
UNDONE = Version("a new name in every module", _new_name, Fate.UNDONE)
TYPO = Version("a typo in every module", _typo, Fate.REFUSED)
RAISING = Version("every module raises", _raising, Fate.REFUSED)
RAISING_HOOK = Version("every module's hook raises", _raising_hook, Fate.REFUSED)
"""It fails after the commit, so what was written is taken back."""

VERSIONS = (COMMENT, NEW_NAME, UNDONE, TYPO, RAISING, RAISING_HOOK)
"""What any game must bear."""
