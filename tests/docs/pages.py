"""The pages as data: their named blocks, tables and commands, as a reader sees them.

A block that a test runs has a name in a comment above it, ``<!-- example: NAME -->``,
which a reader does not see.
"""

from __future__ import annotations

import doctest
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
PAGES = [
    REPOSITORY / "README.md",
    REPOSITORY / "CHANGELOG.md",
    REPOSITORY / "plugins" / "README.md",
    REPOSITORY / "benchmarks" / "README.md",
    *sorted((REPOSITORY / "docs").rglob("*.md")),
]

_FENCE = re.compile(
    r"^(?:<!-- example: (?P<name>.*?) -->\n)?"
    r"^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Block:
    """One fenced block; ``name`` is empty if it has none."""

    name: str
    language: str
    text: str

    @property
    def commands(self) -> list[str]:
        """What is typed in a console block: the lines after ``$``."""
        lines = self.text.splitlines()
        return [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]

    @property
    def output(self) -> str:
        """What a console block shows."""
        lines = self.text.splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("$ "))


class Page:
    """One Markdown file, or one section of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.blocks = [Block(**found.groupdict("")) for found in _FENCE.finditer(text)]
        self.prose = _FENCE.sub("", text)

    @property
    def names(self) -> list[str]:
        """The names of all blocks; a block without one is an empty name."""
        return [block.name for block in self.blocks]

    @property
    def spans(self) -> list[str]:
        """All that stands between backquotes."""
        return _SPAN.findall(self.prose)

    def block(self, name: str) -> Block:
        """Give the block of that name."""
        (found,) = [block for block in self.blocks if block.name == name]
        return found

    def sections(self) -> dict[str, Page]:
        """Give the text below each heading, up to the next one of any level."""
        text = _FENCE.sub(lambda found: found[0].replace("\n#", "\n\0#"), self.text)
        parts = re.split(r"^#+ (.*)\n", text, flags=re.MULTILINE)
        texts = [part.replace("\0", "") for part in parts]
        return {
            heading.replace("`", ""): Page(below)
            for heading, below in zip(texts[1::2], texts[2::2], strict=True)
        }

    def rows(self) -> list[list[str]]:
        """Give the cells of all table rows, without heads and rules."""
        lines = [line for line in self.prose.splitlines() if line.startswith("|")]
        rules = [number for number, line in enumerate(lines) if set(line) <= {*"|-: "}]
        heads = {number - 1 for number in rules}
        return [
            [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            for number, line in enumerate(lines)
            if number not in heads and number not in rules
        ]

    def anchors(self) -> set[str]:
        """Give what a link can point at, as GitHub makes it of the headings."""
        kept = [re.sub(r"[^\w\- ]", "", one) for one in _HEADING.findall(self.prose)]
        return {one.lower().replace(" ", "-") for one in kept}


def page(path: str) -> Page:
    """Read one page of the repository."""
    return Page((REPOSITORY / path).read_text())


def verbs(line: str) -> list[list[str]]:
    """Give the words after ``gameserver`` for each call of it in a command line."""
    parts = [shlex.split(part) for part in line.split(" | ")]
    return [words[1:] for words in parts if Path(words[0]).name == "gameserver"]


def shows(shown: str, seen: str) -> bool:
    """Say whether a page shows what was seen; ``...`` stands for anything."""
    return doctest.OutputChecker().check_output(
        shown, seen, doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    )
