# ruff: noqa: RUF009 - setting() gives a dataclasses.field
"""Every setting: its name, default, meaning and range, and how settings are read.

Options override the file, the file overrides the defaults below. Values are checked
wherever they come from, also when another place overrides them. Relative paths in the
file are relative to the file, all others to the working directory; ``load`` makes every
path absolute. What the operator got wrong is one ``SettingError`` of one line: place,
value seen, what was expected.
"""

from __future__ import annotations

import difflib
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gameserver import setting_kinds as kinds
from gameserver.errors import SettingError
from gameserver.setting_kinds import setting
from gameserver.toml_file import read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

DEFAULT_FILE = "gameserver.toml"
_YEAR = 31_536_000.0  # seconds


@dataclass(frozen=True)
class Server:
    """``[server]``: where the server keeps its state, finds the game and listens."""

    data: Path = setting(
        kinds.PathName(),
        "Directory of the database, keys and admin socket.",
        default=Path("data"),
    )
    plugins: Path = setting(
        kinds.PathName(), "Folder with the game's code.", default=Path("plugins")
    )
    listen: tuple[str, ...] = setting(
        kinds.Texts("a list with at least one endpoint string", fewest=1),
        "Endpoints for players: `tls:PORT`, with `interface=`, `certificate=` and "
        "`key=` if wanted, or a Twisted endpoint string.",
        default=("tls:8787:interface=127.0.0.1",),
    )
    plaintext: bool = setting(
        kinds.Flag(), "Allow endpoints without TLS beyond loopback.", default=False
    )
    port_file: Path | None = setting(
        kinds.PathName(optional=True),
        "File that receives the bound ports, one `name port` a line.",
        default=None,
    )
    certificate: Path | None = setting(
        kinds.PathName(optional=True),
        "PEM file with the server's certificate and its chain; empty: a "
        "development certificate in the data directory.",
        default=None,
    )
    key: Path | None = setting(
        kinds.PathName(optional=True),
        "PEM file with the certificate's key; empty: in the certificate's file.",
        default=None,
    )
    stop_timeout: float = setting(
        kinds.Number(0, 3600), "Longest wait for open calls at a stop.", default=10.0
    )


@dataclass(frozen=True)
class Admin:
    """``[admin]``: how admins reach the server."""

    listen: tuple[str, ...] = setting(
        kinds.Texts("a list of endpoint strings"),
        "Further endpoints for admins, such as `tls:8788`; the UNIX socket in the "
        "data directory is always there.",
        default=(),
        option="--admin-listen",
    )


@dataclass(frozen=True)
class Accounts:
    """``[accounts]``: how accounts come to be."""

    registration: str = setting(
        kinds.one_of("closed", "open"),
        "Whether players may make their own accounts.",
        default="closed",
    )


@dataclass(frozen=True)
class Realm:
    """``[realm]``: how avatars live."""

    avatar: str = setting(
        kinds.ENTRY_POINT,
        "Avatar class, `plugin.module:Class`, when a game has several.",
        default="",
    )
    retire_after: float = setting(
        kinds.Number(0, _YEAR),
        "How long an avatar without clients stays in memory.",
        default=300.0,
    )
    sweep_every: float = setting(
        kinds.Number(1, 3600),
        "How long until every live object is looked at, touched or not.",
        default=30.0,
    )


@dataclass(frozen=True)
class Calls:
    """``[calls]``: what a player may send."""

    max_string: int = setting(
        kinds.Number(1, 655_360, whole=True, unit="characters"),
        "Longest text in a call's arguments.",
        default=32_768,
    )
    max_items: int = setting(
        kinds.Number(1, 1_000_000, whole=True, unit="items"),
        "Most values in a call's arguments, counted through all containers.",
        default=4096,
    )
    max_depth: int = setting(
        kinds.Number(1, 64, whole=True, unit="levels"),
        "Deepest nesting of containers in a call's arguments.",
        default=16,
    )
    login_timeout: float = setting(
        kinds.Number(0.1, 3600),
        "Time a connection has for TLS, greeting and login.",
        default=10.0,
    )


@dataclass(frozen=True)
class Log:
    """``[log]``: what is written down."""

    level: str = setting(
        kinds.one_of("debug", "info", "warn", "error"),
        "The least important messages that are written.",
        default="info",
        option="--log-level",
    )


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


def load(file: Path | None, options: Mapping[str, object]) -> Settings:
    """Read the file and put the options over it.

    ``file`` None: ``gameserver.toml`` in the working directory, if there is one.
    ``options``: dotted names to values; None or an empty tuple means not given, and
    texts are read as numbers where numbers belong. Raises ``SettingError``.
    """
    values = {name: _default(known) for name, known in _SETTINGS.items()}
    origins = {}
    for name, value, origin in (*_from_file(file), *_from_options(options)):
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
            raise SettingError.wrong(
                f"{place}: {section}", table, f"a table, [{section}]"
            )
        for key, value in table.items():
            name, place = f"{section}.{key}", document.place(section, key)
            if name not in _SETTINGS:
                raise _unknown(place, key, _keys(section), f"a key of [{section}]")
            yield name, value, Origin(f"{place}: {name}", folder)


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
        raise SettingError.wrong(origin.place, value, kind.expected) from error


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
