"""Build the compiled twins of three packages, where there is a compiler.

Hatch calls ``TwinHook`` for every wheel. With a compiler the wheel is for this Python
and platform; without one, with one that fails, and with ``GAMESERVER_PURE=1`` it is
pure, and good for all. An editable install gets the modules beside their sources.

    python -m hatch_build        build them in place, and write down their editions
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # tests that only compile, on a Python without hatchling
    BuildHookInterface = object

ROOT = Path(__file__).parent
WIRE = Path("gameserver", "wire")
PACKAGES = (WIRE, Path("gameserver", "reload"), Path("gameserver", "server"))
FILE = f"_twin{sysconfig.get_config_var('EXT_SUFFIX')}"
SWITCH = "GAMESERVER_PURE"  # as in gameserver/compiled.py

HARDENED = (
    "-O3", "-g0", "-fvisibility=hidden", "-Wall", "-Wextra",
    "-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2",
)  # fmt: skip
READ_ONLY = ("-Wl,-z,relro", "-Wl,-z,now") if sys.platform == "linux" else ()


def sources(package: Path, root: Path = ROOT) -> list[Path]:
    """Give the files of a package's twin, headers as well."""
    return sorted((root / package / "c").glob("*.[ch]"))


def edition(package: Path, root: Path = ROOT) -> str:
    """Give the digest of those files."""
    digest = hashlib.sha256()
    for path in sources(package, root):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def compiled(
    package: Path,
    folder: Path,
    *,
    root: Path = ROOT,
    flags: tuple[str, ...] = HARDENED,
    link: tuple[str, ...] = READ_ONLY,
) -> Path:
    """Compile a twin into an empty folder; raises whatever setuptools raises."""
    from setuptools import Distribution, Extension

    extension = Extension(
        "_twin",
        [str(path) for path in sources(package, root) if path.suffix == ".c"],
        depends=[str(path) for path in sources(package, root)],
        define_macros=[("EDITION", f'"{edition(package, root)}"')],
        extra_compile_args=list(flags),
        extra_link_args=list(link),
    )
    command = Distribution({"ext_modules": [extension]}).get_command_obj("build_ext")
    command.build_temp, command.build_lib = str(folder / "objects"), str(folder)
    command.ensure_finalized()
    command.run()
    return folder / FILE


def forget(root: Path = ROOT) -> None:
    """Remove what was built in place: a stale one would hide that this one failed."""
    for package in PACKAGES:
        for path in (root / package).glob("_twin.*"):
            if path.suffix in {".so", ".pyd"}:
                path.unlink()


class TwinHook(BuildHookInterface):  # type: ignore[misc,valid-type]  # hatchling may be missing
    """Adds the twins to a wheel, if they can be built: all, or none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build before the wheel is put together; ``version``: standard or editable."""
        root = Path(self.root)
        self._folder = tempfile.mkdtemp(prefix="gameserver-twin-")
        is_editable = version == "editable"
        if is_editable:
            forget(root)
        built = self._built(root)
        for package, path in built.items():
            if is_editable:
                shutil.copy(path, root / package / FILE)
            else:
                build_data["force_include"][str(path)] = str(package / FILE)
        if built and not is_editable:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact: str) -> None:
        """Remove what was built, after it is in the wheel."""
        del version, build_data, artifact
        shutil.rmtree(self._folder, ignore_errors=True)

    def _built(self, root: Path) -> dict[Path, Path]:
        if os.environ.get(SWITCH, "0") not in {"", "0"}:
            self.app.display_warning(f"{SWITCH} is set: all will be pure Python")
            return {}
        try:
            return all_compiled(Path(self._folder), root)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever ails the compiler, there is a wheel
            self.app.display_warning(
                f"all will be pure Python, for the compiled twins cannot be built:"
                f" {type(error).__name__}: {error}"
            )
            return {}


def all_compiled(folder: Path, root: Path = ROOT) -> dict[Path, Path]:
    """Compile the twins of all packages; give where each lies."""
    found = {}
    for package in PACKAGES:
        own = folder / package.name
        own.mkdir()
        found[package] = compiled(package, own, root=root)
    return found


def write_edition(package: Path) -> None:
    """Write down which sources a package's twin is made of."""
    path = ROOT / package / "edition.py"
    old, new = path.read_text(), edition(package)
    begin = old.index('EDITION: Final = "')
    end = old.index("\n", begin)
    path.write_text(f'{old[:begin]}EDITION: Final = "{new}"{old[end:]}')


def main() -> None:
    """Build in place, and write down the editions."""
    forget()
    for package in PACKAGES:
        write_edition(package)
    with tempfile.TemporaryDirectory() as folder:
        for package, path in all_compiled(Path(folder)).items():
            shutil.copy(path, ROOT / package / FILE)


if __name__ == "__main__":
    main()
