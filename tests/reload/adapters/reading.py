"""A thread that reads while releases are committed and undone: it never sees a mix."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.reload.adapters.game import GameCase

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gameserver.reload.release import Release

PASSES = int(os.environ.get("GAMESERVER_PASSES", "20"))
"""Set 200 or more after a change here: with 60, most known faults did not show."""


class Reader(threading.Thread):
    """Asks for the version, for what a library answers, and for the version again.

    Where both versions are the same, the answer has to be that version's.
    """

    def __init__(self, version: Callable[[], Any], look: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._version = version
        self._look = look
        self.seen: set[tuple[Any, Any]] = set()
        self.rounds = 0
        self.is_wanted = True
        self.may_read = threading.Event()

    def run(self) -> None:
        """Read until nobody wants it any more."""
        while self.is_wanted:
            self.may_read.wait()
            version = self._version()
            try:
                answer = self._look()
            except Exception as error:  # noqa: BLE001 - it is an answer, a wrong one
                answer = repr(error)
            if self._version() == version:
                self.seen.add((version, answer))
            self.rounds += 1


class ReadingCase(GameCase):
    """Two texts of module ``m``, in turns, while a thread reads."""

    def assert_unmixed(
        self,
        texts: tuple[str, str],
        version: Callable[[], Any],
        look: Callable[[], Any],
    ) -> None:
        """Have each version answer as it does when nothing else goes on.

        The module is loaded with the first text, and reader and world are warm.
        """
        expected = set()
        for text in (texts[1], texts[0]):
            self.release(m=text)
            expected.add((version(), look()))
        self.assertEqual(len({answer for _, answer in expected}), 2, expected)
        reader = Reader(version, look)
        reader.start()
        try:
            self._release(texts, reader)
        finally:
            reader.is_wanted = False
            reader.may_read.set()
            reader.join()
        self.assertEqual(reader.seen, expected)

    def _release(self, texts: tuple[str, str], reader: Reader) -> None:
        for number in range(PASSES // 2):
            release = self._committed(texts[1], reader)
            if number % 2:
                with self._reading(reader):
                    release.undo()
            else:
                self._committed(texts[0], reader).make_permanent()

    def _committed(self, text: str, reader: Reader) -> Release:
        self.write("m", text)
        plan = self.engine.plan([f"{self.root}.m"])
        with self._reading(reader):
            return self.engine.commit(plan)

    @contextmanager
    def _reading(self, reader: Reader) -> Iterator[None]:
        """Let the thread read meanwhile, and for two whole rounds more.

        So no round spans two passes. Else it waits, for the sake of speed.
        """
        calm = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        reader.may_read.set()
        try:
            yield
            enough = reader.rounds + 2
            while reader.rounds < enough and reader.is_alive():
                pass
        finally:
            reader.may_read.clear()
            sys.setswitchinterval(calm)
