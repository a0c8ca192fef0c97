"""All pages: links that lead somewhere, commands that exist, no traces of a machine."""

from __future__ import annotations

import re

import click
from twisted.trial.unittest import SynchronousTestCase

from gameserver.cli import commands
from tests.docs.pages import PAGES, REPOSITORY, Page, verbs

_LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)]+)\)")


def typed(page: Page) -> list[str]:
    """Give every command line of ``gameserver`` on a page."""
    lines = [*page.spans, *(line for block in page.blocks for line in block.commands)]
    return [line for line in lines if re.match(r"\S*gameserver ", line)]


def unknown(words: list[str]) -> list[str]:
    """Give what is no verb or option of ours in a command's words."""
    command: click.Command = commands
    while isinstance(command, click.Group) and words:
        verb, *words = words
        found = command.get_command(click.Context(command), verb)
        if found is None:
            return [] if verb in ("VERB", "--version") else [verb]
        command = found
    options = {name for one in command.params for name in one.opts} | {"--help"}
    return [one for one in words if one.startswith("--") and one not in options]


class PagesTests(SynchronousTestCase):
    def setUp(self):
        self.pages = {path: Page(path.read_text()) for path in PAGES}

    def test_links(self):
        """Every link leads to a file that is there, and to a heading that it has."""
        for path, page in self.pages.items():
            for target in _LINK.findall(page.prose):
                if "://" in target:
                    continue
                name, _, anchor = target.partition("#")
                file = (path.parent / name).resolve() if name else path
                self.assertTrue(file.exists(), f"{path}: {target}")
                if anchor:
                    anchors = Page(file.read_text()).anchors()
                    self.assertIn(anchor, anchors, f"{path}: {target}")

    def test_index(self):
        """The index leads to every page of the documentation."""
        docs = REPOSITORY / "docs"
        index = docs / "README.md"
        linked = {
            (docs / one.partition("#")[0]).resolve()
            for one in _LINK.findall(self.pages[index].prose)
        }
        written = {path for path in self.pages if docs in path.parents}
        self.assertEqual(written - linked, {index})

    def test_commands(self):
        """Every verb and option of ``gameserver`` on any page exists."""
        lines = [(path, line) for path in PAGES for line in typed(self.pages[path])]
        self.assertGreater(len(lines), 20)
        for path, line in lines:
            for words in verbs(line):
                self.assertEqual(unknown(words), [], f"{path}: {line}")

    def test_no_machine(self):
        """No page names a folder of the machine that it was written on."""
        home = re.compile(r"(/home|/root|/Users|/tmp|/work|/mnt)\b")
        for path, page in self.pages.items():
            self.assertIsNone(home.search(page.text), path)

    def test_changelog(self):
        """What is not released yet has a section of its own."""
        changes = self.pages[REPOSITORY / "CHANGELOG.md"]
        self.assertIn("Unreleased", changes.sections())
