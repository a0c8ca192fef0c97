"""The wheel with a compiler, without one, and with one that fails: there always is one.

Each is really built, by pip and from a copy of the repository, but with the builders of
this environment: nothing is downloaded.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import hatch_build
from tests.builds import compiler

ROOT = Path(__file__).parents[1]
TAKEN = ("gameserver", "twisted", "plugins", "hatch_build.py", "pyproject.toml")
TAKEN += ("README.md", "LICENSE", ".gitignore")
PATIENCE = 120.0
TWINS = [str(one / hatch_build.FILE) for one in hatch_build.PACKAGES]
EDITABLE = "import hatchling.build as b, sys; print(b.build_editable(sys.argv[1]))"
PURE_WHEEL = "-py3-none-any.whl"


class BuildCase(SynchronousTestCase):
    """A copy of what a wheel is made of, and builds of it."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="gs-build-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.copy = self.folder / "copy"
        self.copy.mkdir()
        for name in TAKEN:
            path = ROOT / name
            if path.is_dir():
                built = shutil.ignore_patterns("__pycache__", "_twin.*.so")
                shutil.copytree(path, self.copy / name, ignore=built)
            else:
                shutil.copy(path, self.copy)

    def done(self, *arguments: object, **variables: str) -> str:
        """Run this Python in the copy; gives what it said."""
        environment = {k: v for k, v in os.environ.items() if k != "GAMESERVER_PURE"}
        ended = subprocess.run(
            [sys.executable, *map(str, arguments)],
            cwd=self.copy,
            env={**environment, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            text=True,
            check=False,
        )
        self.assertEqual(ended.returncode, 0, ended.stdout)
        return ended.stdout

    def wheel(self, **variables: str) -> tuple[str, list[str], str]:
        """Build a wheel; gives its name, what is in it, and what pip said."""
        out = Path(tempfile.mkdtemp(dir=self.folder))
        offline = ("--no-build-isolation", "--no-deps", "--no-index", "--no-cache-dir")
        pip = ("-m", "pip", "wheel", "-v", *offline, "-w", out, ".")
        said = self.done(*pip, **variables)
        (built,) = out.glob("*.whl")
        return built.name, zipfile.ZipFile(built).namelist(), said

    def assert_pure(self, name: str, inside: list[str]) -> None:
        self.assertTrue(name.endswith(PURE_WHEEL), name)
        self.assertIn("gameserver/wire/codec.py", inside)
        self.assertEqual([one for one in inside if one.endswith((".so", ".c"))], [])


class WheelTests(BuildCase):
    """``pip wheel``, as ``pip install`` does it."""

    def test_compiler(self):
        """With a compiler: the twin is in it, for this Python and platform only."""
        if compiler() is None:
            self.skipTest("there is no C compiler")
        name, inside, _ = self.wheel()
        self.assertLessEqual(set(TWINS), set(inside))
        self.assertRegex(name, rf"-(cp3{sys.version_info.minor})-\1-\w+\.whl$")
        self.assertEqual([one for one in inside if one.endswith((".c", ".h"))], [])

    def test_none(self):
        """Without one: pure, good for all, and it says so."""
        for missing in ({"CC": "/nonexistent/cc"}, {"PATH": "", "CC": ""}):
            name, inside, said = self.wheel(**missing)
            self.assert_pure(name, inside)
            self.assertIn("all will be pure Python, for the compiled twins", said)

    def test_failing(self):
        """With one that fails, although a twin was built before: the same."""
        for one in TWINS:
            (self.copy / one).write_bytes(b"stale")
        name, inside, said = self.wheel(CC="false")
        self.assert_pure(name, inside)
        self.assertIn("cannot be built", said)

    def test_turned_off(self):
        """With one that is not wanted: the same."""
        name, inside, said = self.wheel(GAMESERVER_PURE="1")
        self.assert_pure(name, inside)
        self.assertIn("GAMESERVER_PURE is set", said)


class SourceTests(BuildCase):
    """The source distribution."""

    def test_sources(self):
        """It has the twin's sources, and the hook that builds them; nothing built."""
        for one in TWINS:
            (self.copy / one).write_bytes(b"built in place")
        program = "import hatchling.build as b, sys; print(b.build_sdist(sys.argv[1]))"
        self.done("-c", program, self.folder)
        (built,) = self.folder.glob("*.tar.gz")
        with tarfile.open(built) as archive:
            names = {name.partition("/")[2] for name in archive.getnames()}
        wanted = {
            str(path.relative_to(ROOT))
            for package in hatch_build.PACKAGES
            for path in hatch_build.sources(package)
        }
        self.assertLessEqual({*wanted, "hatch_build.py"}, names)
        self.assertEqual([name for name in names if name.endswith(".so")], [])


class EditableTests(BuildCase):
    """``pip install -e``: the twin lies beside its sources, if it can be built."""

    def test_in_place(self):
        """A compiler that fails leaves no earlier twin behind."""
        if compiler() is None:
            self.skipTest("there is no C compiler")
        program = ("-c", EDITABLE, self.folder)
        self.assertIn(PURE_WHEEL, self.done(*program))
        for one in TWINS:
            self.assertTrue((self.copy / one).exists())
        used = ("-c", "from gameserver.wire.codec import NAME; print(NAME)")
        self.assertEqual(self.done(*used), "compiled\n")
        off = self.done(*used, GAMESERVER_PURE="1")
        self.assertEqual(off, "pure Python, for GAMESERVER_PURE is set\n")
        self.assertIn("cannot be built", self.done(*program, CC="false"))
        for one in TWINS:
            self.assertFalse((self.copy / one).exists())
        said = self.done(*used)
        self.assertEqual(said, "pure Python, for there is no compiled one\n")

    def test_other_sources(self):
        """A twin of other sources than the package's is not used."""
        if compiler() is None:
            self.skipTest("there is no C compiler")
        source = self.copy / "gameserver" / "wire" / "c" / "module.c"
        source.write_text(source.read_text() + "\n/* changed since */\n")
        self.done("-c", EDITABLE, self.folder)
        used = ("-c", "from gameserver.wire.codec import NAME; print(NAME)")
        self.assertIn("of another version", self.done(*used))
