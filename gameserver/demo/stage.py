"""Where the tour is played: a folder with a copy of the game, and a server process.

The server is ``gameserver run``, with TLS on a port of loopback that it chooses at its
first start and keeps. Admin verbs go the way of ``gameserver reload``: through the
socket in the data directory.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from twisted.internet.task import deferLater

from gameserver.cli_reach import ask_local
from gameserver.client import Trust
from gameserver.errors import NotRunning
from gameserver.server.directory import admin_socket

if TYPE_CHECKING:
    from gameserver.demo.edits import Edit

PACKAGE: Final = "lantern_keep"
_COMMAND: Final = (
    sys.executable,
    "-c",
    "import sys; from gameserver.cli import main; sys.exit(main())",
    "run",
)
_SETTINGS: Final = "# Every setting has its default.\n"
_START: Final = 30.0  # seconds until it must listen
_GLANCE: Final = 0.02  # seconds between two looks at the port file
_PATIENCE: Final = 60.0  # seconds for the answer to an admin verb


class Stage:
    """One folder with one server; leaving it as a context manager ends both.

    ``keep``: leave the folder there.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="gameserver-demo-")).resolve()
        self.data = self.folder / "data"
        self.port = 0
        self._ports = self.folder / "ports"
        self._keep = keep
        self._before: dict[Path, str] = {}
        self._server: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        ignore = shutil.ignore_patterns("__pycache__")
        package = self.folder / "plugins" / PACKAGE
        shutil.copytree(_game() / PACKAGE, package, ignore=ignore)
        (self.folder / "gameserver.toml").write_text(
            "# Every setting has its default.\n"
        )
        return self

    def __exit__(self, *failure: object) -> None:
        self.kill()
        if not self._keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def trust(self) -> Trust:
        """The certificate that the server has made for itself."""
        return Trust.file(self.data / "development-certificate.pem")

    def path(self, file: str) -> Path:
        """Give the path of a file of the game's package."""
        return self.folder / "plugins" / PACKAGE / file

    async def start(self, reactor: Any) -> None:  # noqa: ANN401 - any reactor
        """Start the server, and wait until it listens; on the same port as before."""
        self._ports.unlink(missing_ok=True)
        self._launch()
        deadline = reactor.seconds() + _START
        while reactor.seconds() < deadline and self._is_running():
            text = self._read(self._ports)
            if text.endswith("\n"):
                self.port = int(text.split()[1])
                return
            await deferLater(reactor, _GLANCE)
        said = self._read(self.folder / "log").strip().splitlines()
        last = said[-1] if said else "it said nothing"
        raise NotRunning(f"the server did not start: {last}")

    def _launch(self) -> None:
        options = {
            "--config": "gameserver.toml",
            "--plugins": "plugins",
            "--data": "data",
            "--listen": f"tls:{self.port}:interface=127.0.0.1",
            "--port-file": self._ports.name,
            "--registration": "open",
            "--watch": "off",
        }
        typed = [word for pair in options.items() for word in pair]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(  # noqa: S603 - our own command
                [*_COMMAND, *typed],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End the server by SIGKILL; no error if there is none."""
        if self._server is not None:
            self._server.kill()
            self._server.wait()
            self._server = None

    async def ask(self, reactor: Any, verb: str, *args: object) -> Any:  # noqa: ANN401 - any verb's answer
        """Perform an admin verb in the running server."""
        return await ask_local(reactor, admin_socket(self.data), verb, args, _PATIENCE)

    def write(self, edits: tuple[Edit, ...]) -> None:
        """Save what an author has typed; ``put_back`` knows how it was before."""
        self._before = {}
        for one in edits:
            path = self.path(one.file)
            text = path.read_text()
            self._before.setdefault(path, text)
            path.write_text(one.apply(text))

    def put_back(self) -> None:
        """Have the files as they were before the last ``write``."""
        for path, text in self._before.items():
            path.write_text(text)

    def _read(self, path: Path) -> str:
        return path.read_text(errors="replace") if path.exists() else ""

    def _is_running(self) -> bool:
        return self._server is not None and self._server.poll() is None


def _game() -> Path:
    """Give the folder of the demo game: in a wheel, or beside the package."""
    package = Path(__file__).parent.parent
    places = (package / "plugins", package.parent / "plugins")
    found = next((one for one in places if (one / PACKAGE).is_dir()), None)
    if found is None:
        raise NotRunning("the demo game is not there: expected a folder plugins")
    return found
