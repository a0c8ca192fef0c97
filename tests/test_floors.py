"""Imports go down the floors only, and the pure floors touch nothing outside."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from twisted.trial.unittest import SynchronousTestCase

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent / "gameserver"
LINES, FUNCTION = 400, 50

FLOORS = [
    {"errors"},
    {
        "compiled",
        "database_url",
        "interfaces",
        "setting_kinds",
        "progress",
        "reacting",
        "time_limit",
        "version",
    },
    {"setting_sections", "toml_file"},
    {"authors", "model", "reload", "wire", "config"},
    {"spread"},
    {"client"},
    {"store"},
    {"dry_run", "server"},
    {"services"},
    {"admin"},
    {"console"},
    {"app", "database", "game_code", "releasing", "stopped", "testing", "upkeep"},
    {"run", "cli_reach", "cli_seconds", "cli_table", "cli_waiting"},
    {"cli_admin", "cli_code", "cli_database", "cli_reload", "twistd", "bench", "demo"},
    {"cli"},
]
"""From the ground up; who is on one floor may import another of it, but no higher."""

IMPURE = frozenset(
    {"twisted", "socket", "time", "asyncio", "threading", "subprocess", "sqlalchemy"}
)
SERVER_SIDE = frozenset(
    f"gameserver.{part}" for part in ("server", "store", "services", "admin")
)
FORBIDDEN = {
    "errors": IMPURE,
    "interfaces": IMPURE,
    "model": IMPURE,
    "reload": IMPURE - {"threading", "time"},  # one release at a time, in slices
    "wire": IMPURE,
    "client": SERVER_SIDE,
}
"""What a package must not import at all: pure floors, and the client library."""


def runtime_imports(source: str) -> Iterator[str]:
    """Give what a module imports when it runs; types only may come from anywhere."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute in this package"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def floor_of(module: str) -> int:
    """Give the floor of ``gameserver.server.realm``: that of its package."""
    part = module.split(".")[1]
    found = [number for number, floor in enumerate(FLOORS) if part in floor]
    return found[0] if found else -1


def wrong_imports(module: str, source: str) -> list[str]:
    """Name the imports of a module that go up, or that its package must not have."""
    package = module.split(".")[1]
    forbidden = FORBIDDEN.get(package, frozenset())
    return [
        f"{module} imports {name}"
        for name in runtime_imports(source)
        if any(name == one or name.startswith(f"{one}.") for one in forbidden)
        or (name.startswith("gameserver.") and floor_of(name) > floor_of(module))
    ]


def modules() -> Iterator[tuple[str, str]]:
    """Give every module of the package but its front door, with its source."""
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        if path != ROOT / "__init__.py" and "plugins" not in parts:
            yield ".".join(parts).removesuffix(".__init__"), path.read_text()


class FloorTests(SynchronousTestCase):
    """The house stands."""

    def test_every_module_has_a_floor(self) -> None:
        """A new package or module has to be given a floor here."""
        homeless = [name for name, _ in modules() if floor_of(name) < 0]
        self.assertEqual(homeless, [])

    def test_imports_go_down(self) -> None:
        """No module imports from a floor above it, or what its package must not."""
        wrong = [
            line for name, source in modules() for line in wrong_imports(name, source)
        ]
        self.assertEqual(wrong, [])

    def test_can_fail(self) -> None:
        """Upward, impure and hidden imports are found; those for types are let be."""
        self.assertEqual(
            wrong_imports(
                "gameserver.model.made_up",
                "import socket\n"
                "from gameserver.errors import GameError\n"
                "from typing import TYPE_CHECKING\n"
                "if TYPE_CHECKING:\n    from gameserver.app import GameServer\n"
                "def f():\n    from gameserver.server.realm import Realm\n",
            ),
            [
                "gameserver.model.made_up imports socket",
                "gameserver.model.made_up imports gameserver.server.realm.Realm",
            ],
        )
        self.assertEqual(
            len(wrong_imports("gameserver.client.x", "import gameserver.server.realm")),
            1,
        )

    def test_sizes(self) -> None:
        """No file passes 400 lines, no function 50."""
        large = [
            f"{name}: {n}" for name, s in modules() if (n := s.count("\n")) > LINES
        ]
        large += [
            f"{name}.{node.name}: {node.end_lineno - node.lineno}"
            for name, source in modules()
            for node in ast.walk(ast.parse(source))
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and node.end_lineno is not None
            and node.end_lineno - node.lineno > FUNCTION
        ]
        self.assertEqual(large, [])
