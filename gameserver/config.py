"""How settings are read, and where each came from.

Options override the environment, that the file, and the file the defaults, which stand
in ``setting_sections``. Values are checked wherever they come from, also when another
place overrides them. Relative paths in the file are relative to the file, all others to
the working directory; ``load`` makes every path absolute. What the operator got wrong
is one ``SettingError`` of one line: place, value seen, what was expected.
"""

from __future__ import annotations

import difflib
import os
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gameserver import setting_kinds as kinds
from gameserver.database_url import ENVIRONMENT, DatabaseKind, without_addresses
from gameserver.errors import SettingError
from gameserver.setting_sections import (
    Accounts,
    Admin,
    Calls,
    Log,
    Realm,
    Reload,
    Server,
)
from gameserver.toml_file import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEFAULT_FILE = "gameserver.toml"


@dataclass(frozen=True)
class Origin:
    """Where a value came from: ``place`` begins a message about it.

    ``folder`` is what relative paths inside it are relative to.
    """

    place: str
    folder: Path


@dataclass(frozen=True)
class Settings:
    """All settings, checked, every path absolute once they come from ``load``."""

    server: Server = field(default_factory=Server)
    admin: Admin = field(default_factory=Admin)
    accounts: Accounts = field(default_factory=Accounts)
    realm: Realm = field(default_factory=Realm)
    calls: Calls = field(default_factory=Calls)
    reload: Reload = field(default_factory=Reload)
    log: Log = field(default_factory=Log)
    origins: Mapping[str, Origin] = field(default_factory=dict, compare=False)

    def origin(self, name: str) -> Origin:
        """Say where ``server.listen`` came from, for messages of later checks."""
        default = Origin(f"default of {name}", Path.cwd())
        return self.origins.get(name, default)


_SECTIONS: Mapping[str, Any] = {
    known.name: known.default_factory
    for known in fields(Settings)
    if known.name != "origins"
}
_SETTINGS: Mapping[str, Field[Any]] = {
    f"{section}.{known.name}": known
    for section, declared in _SECTIONS.items()
    for known in fields(declared)
}
_Given = tuple[str, object, Origin]


def load(
    file: Path | None,
    options: Mapping[str, object],
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Read the file and put the environment and the options over it.

    ``file`` None: ``gameserver.toml`` in the working directory, if there is one.
    ``options``: dotted names to values; None or an empty tuple means not given, and
    texts are read as numbers where numbers belong. ``environment`` None: that of the
    process. Raises ``SettingError``.
    """
    values = {name: _default(known) for name, known in _SETTINGS.items()}
    origins = {}
    surroundings = os.environ if environment is None else environment
    given = (
        *_from_file(file),
        *_from_environment(surroundings),
        *_from_options(options),
    )
    for name, value, origin in given:
        values[name] = _checked(name, value, origin)
        origins[name] = origin
    sections = {section: _section(section, values) for section in _SECTIONS}
    settings = Settings(**sections, origins=origins)
    _check_pair(settings)
    return settings


def option_name(name: str) -> str:
    """Give the command line's name of a setting: ``server.port_file``, ``--port-file``.

    Also the place that messages name when the value came from an option.
    """
    own = _SETTINGS[name].metadata["option"] if name in _SETTINGS else ""
    return own or "--" + name.rpartition(".")[2].replace("_", "-")


def reference() -> str:
    """Give all settings as a Markdown table: name, default, meaning and range."""
    rows = ["| Setting | Default | Meaning |", "|---|---|---|"]
    for name, known in _SETTINGS.items():
        meaning = f"{known.metadata['doc']} Allowed: {known.metadata['kind'].expected}."
        rows.append(f"| `{name}` | `{kinds.as_toml(known.default)}` | {meaning} |")
    return "\n".join(rows) + "\n"


def _from_file(file: Path | None) -> Iterator[_Given]:
    if file is None and not Path(DEFAULT_FILE).exists():
        return
    file = Path(DEFAULT_FILE) if file is None else file
    document = read(file)
    folder = Path.cwd() / file.parent
    for section, table in document.values.items():
        place = document.place(section)
        if section not in _SECTIONS:
            raise _unknown(place, section, _SECTIONS, "a section")
        if not isinstance(table, dict):
            seen = without_addresses(table) if isinstance(table, str) else table
            raise SettingError.wrong(
                f"{place}: {section}", seen, f"a table, [{section}]"
            )
        for key, value in table.items():
            name, place = f"{section}.{key}", document.place(section, key)
            if name not in _SETTINGS:
                raise _unknown(place, key, _keys(section), f"a key of [{section}]")
            yield name, value, Origin(f"{place}: {name}", folder)


def _from_environment(environment: Mapping[str, str]) -> Iterator[_Given]:
    if environment.get(ENVIRONMENT):
        origin = Origin(ENVIRONMENT, Path.cwd())
        yield "server.database", environment[ENVIRONMENT], origin


def _from_options(options: Mapping[str, object]) -> Iterator[_Given]:
    for name, value in options.items():
        if value is None or value == ():
            continue
        origin = Origin(option_name(name), Path.cwd())
        if name not in _SETTINGS:
            raise _unknown(origin.place, name, _SETTINGS, "a setting")
        yield name, kinds.spelled(_SETTINGS[name].metadata["kind"], value), origin


def _checked(name: str, value: object, origin: Origin) -> object:
    kind: kinds.Kind = _SETTINGS[name].metadata["kind"]
    try:
        return kind.accept(value, origin.folder)
    except (TypeError, ValueError) as error:
        seen = kind.shown(value) if isinstance(kind, DatabaseKind) else value
        raise SettingError.wrong(origin.place, seen, kind.expected) from error


def _check_pair(settings: Settings) -> None:
    if settings.server.key and not settings.server.certificate:
        place = settings.origin("server.key").place
        raise SettingError.wrong(
            place, str(settings.server.key), "server.certificate beside it"
        )


def _default(known: Field[Any]) -> object:
    value = known.default
    return Path.cwd() / value if isinstance(value, Path) else value


def _section(section: str, values: Mapping[str, object]) -> Any:  # noqa: ANN401 - one of the section classes
    return _SECTIONS[section](**{k: values[f"{section}.{k}"] for k in _keys(section)})


def _keys(section: str) -> list[str]:
    return [known.name for known in fields(_SECTIONS[section])]


def _unknown(place: str, word: str, near: Iterable[str], kind: str) -> SettingError:
    """Name what is likely meant: a name close by, else the same key elsewhere."""
    near = list(near)
    close = difflib.get_close_matches(word, near, 1)
    elsewhere = [name for name in _SETTINGS if name.endswith(f".{word}")]
    likely = "".join(f" (did you mean {name}?)" for name in (close or elsewhere)[:1])
    return SettingError.wrong(place, word, f"{kind}: {', '.join(near)}{likely}")
