"""Transcripts of the pages acted out: in memory, or by real terminal clients.

A transcript is what one window shows: lines after ``> `` are typed, all others come.
Lines of the client's own, which begin with a star, are not in it.
"""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Protocol

from gameserver.errors import GameError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gameserver.testing import Window, World

DEADLINE = 30.0  # seconds; a line that takes longer does not come
_TYPED = "> "
_OWN = "* "


class Screen(Protocol):
    """Where lines are typed and shown."""

    def lines(self) -> list[str]:
        """Give every line shown so far."""

    def type(self, line: str) -> None:
        """Type a line."""


class Actor:
    """One window on its way through transcripts; ``past`` lines are behind it."""

    def __init__(self, screen: Screen, transcript: str) -> None:
        self._screen = screen
        self._past = 0
        self.begin(transcript)

    def begin(self, transcript: str) -> Actor:
        """Go on with another transcript, after the lines of the last one."""
        self._script = transcript.splitlines()
        self._done = 0
        return self

    @property
    def has_begun(self) -> bool:
        return self._done > 0

    @property
    def is_done(self) -> bool:
        return self._done == len(self._script)

    @property
    def _next(self) -> str:
        return "" if self.is_done else self._script[self._done]

    def watch(self) -> bool:
        """Compare what was shown with the transcript; say whether it went on."""
        begun = self._done
        for line in self._screen.lines()[self._past :]:
            if self.is_done or self._next.startswith(_TYPED):
                break
            self._past += 1
            if not line.startswith(_OWN):
                assert line == self._next, f"saw {line!r}, expected {self._next!r}"
                self._done += 1
        return self._done > begun

    def act(self) -> bool:
        """Type the next line if one is to be typed; say whether it was."""
        if not self._next.startswith(_TYPED):
            return False
        line = self._next.removeprefix(_TYPED)
        self._done += 1
        self._screen.type(line)
        return True


def act_out(wait: Callable[[], None], *actors: Actor) -> None:
    """Play all transcripts to their ends; nobody types before all have a first line.

    ``wait`` lets something happen, and raises when nothing does any more.
    """
    while not all(actor.is_done for actor in actors):
        moved = [actor.watch() for actor in actors]
        if all(actor.has_begun for actor in actors):
            moved += [actor.act() for actor in actors]
        if not any(moved):
            wait()


class InMemory:
    """One window of a world in memory."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._heard = 0
        self._lines: list[str] = []

    def lines(self) -> list[str]:
        """Give every line shown so far."""
        told = self._window.told
        self._lines += told[self._heard :]
        self._heard = len(told)
        return self._lines

    def type(self, line: str) -> None:
        """Call what a player's line means: one word, and the rest as one text."""
        name, _, rest = line.partition(" ")
        try:
            self._window.call(name, *([rest] if rest else []))
        except GameError as error:
            self.lines().append(f"{error.text} [{error.code}]")


def passing(world: World, seconds: int = 60) -> Callable[[], None]:
    """Let time pass in memory, a second each time, at most so many."""
    left = iter(range(seconds))

    def wait() -> None:
        assert next(left, None) is not None, f"nothing happened in {seconds} s"
        world.advance(1)

    return wait


class Terminals:
    """The terminals of one test, and the news of all of them."""

    def __init__(self, add_cleanup: Callable[..., object]) -> None:
        self._add_cleanup = add_cleanup
        self._all: list[Terminal] = []
        self._known = 0
        self.news = threading.Condition()

    def open(self, command: list[str], folder: Path) -> Terminal:
        """Start a client and note what it shows."""
        terminal = Terminal(command, folder, self.news)
        self._add_cleanup(terminal.kill)
        self._all.append(terminal)
        return terminal

    def wait(self) -> None:
        """Wait until any of them has shown more than when this last ended."""
        with self.news:
            is_news = self.news.wait_for(lambda: self._count() > self._known, DEADLINE)
            self._known = self._count()
        assert is_news, [terminal.lines() for terminal in self._all]

    def _count(self) -> int:
        return sum(len(terminal.lines()) for terminal in self._all)


class Terminal:
    """A real ``gameserver play`` at the end of a pipe."""

    def __init__(
        self, command: list[str], folder: Path, news: threading.Condition
    ) -> None:
        self._lines: list[str] = []
        self._news = news
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def lines(self) -> list[str]:
        """Give every line shown so far."""
        return list(self._lines)

    def type(self, line: str) -> None:
        """Type a line."""
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def quit(self) -> int:
        """Leave; gives the exit code."""
        self.type("quit")
        return self._process.wait(DEADLINE)

    def kill(self) -> None:
        """End it whatever it does; again does nothing."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._process.stdin.close()

    def _read(self) -> None:
        with self._process.stdout as lines:
            for line in lines:
                with self._news:
                    self._lines.append(line.rstrip("\n"))
                    self._news.notify_all()
