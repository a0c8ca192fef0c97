# ruff: noqa: RUF009 - setting() gives a dataclasses.field
"""Every setting, by section: its name, default, meaning and range."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gameserver import setting_kinds as kinds
from gameserver.database_url import DatabaseKind, DatabaseUrl
from gameserver.setting_kinds import setting

_YEAR = 31_536_000.0  # seconds


@dataclass(frozen=True)
class Server:
    """``[server]``: where the server keeps its state, finds the game and listens."""

    data: Path = setting(
        kinds.PathName(),
        "Directory of the database, keys and admin socket.",
        default=Path("data"),
    )
    database: DatabaseUrl | None = setting(
        DatabaseKind(),
        "Where accounts, avatars and services are kept; empty: an SQLite file in the "
        "data directory.",
        default=None,
    )
    database_file: Path | None = setting(
        kinds.PathName(optional=True),
        "File that holds the address in place of `server.database`.",
        default=None,
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
        "Avatar class, `plugin.module:Class`, when a game has several; with or without "
        "`plugins.` before it.",
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
    session_grace: float = setting(
        kinds.Number(0, 3600),
        "How long a client with a session counts as there after its connection ended.",
        default=20.0,
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
    rate: float = setting(
        kinds.Number(0, 1_000_000, unit="calls a second"),
        "Calls that one client may make for long; faster ones wait. 0: no limit.",
        default=50.0,
    )
    burst: int = setting(
        kinds.Number(1, 1_000_000, whole=True, unit="calls"),
        "Calls that one client may make at once before they wait.",
        default=200,
    )
    in_flight: int = setting(
        kinds.Number(0, 100_000, whole=True, unit="calls"),
        "Calls of one client that may wait or be at work; one more gets `busy`. 0: no "
        "limit. A client with a session may have 32, whatever stands here.",
        default=32,
    )
    login_timeout: float = setting(
        kinds.Number(0.1, 3600),
        "Time a connection has for TLS, greeting and login.",
        default=10.0,
    )


@dataclass(frozen=True)
class Reload:
    """``[reload]``: how changes of the game's code are released."""

    watch: str = setting(
        kinds.one_of("off", "check", "release"),
        "What happens when a file in the plugin folder changes: nothing, the plan is "
        "logged, or it is released.",
        default="off",
    )
    policy: str = setting(
        kinds.one_of("wait", "proceed", "refuse"),
        "What a release does while calls are at work in the changed modules: waits "
        "for them, goes ahead and counts them, or is refused.",
        default="wait",
    )
    frame_limit: float = setting(
        kinds.Number(0, 600),
        "Time that calls at work in the changed modules have to end.",
        default=5.0,
    )
    rehearse: str = setting(
        kinds.one_of("auto", "off"),
        "Whether a release is tried on a copy of the process first; `auto`: where the "
        "platform can.",
        default="auto",
    )
    rehearse_seconds: float = setting(
        kinds.Number(0.1, 3600),
        "Time that a rehearsal has; a longer one refuses the release.",
        default=60.0,
    )
    rehearse_memory: int = setting(
        kinds.Number(16, 1_048_576, whole=True, unit="MB"),
        "Memory that a rehearsal may take beyond what the server has.",
        default=1024,
    )
    watch_errors: int = setting(
        kinds.Number(1, 499, whole=True, unit="errors"),
        "A release is undone when one of its functions fails more often than this "
        "within `reload.watch_seconds`.",
        default=5,
    )
    watch_seconds: float = setting(
        kinds.Number(0.1, 3600),
        "The time in which those errors are counted.",
        default=10.0,
    )
    permanent_after: float = setting(
        kinds.Number(0, _YEAR),
        "How long a release is watched, and can be undone, until it is permanent.",
        default=600.0,
    )
    check_role: str = setting(
        kinds.one_of("builder", "admin"),
        "The least role that may see plans.",
        default="builder",
    )
    release_role: str = setting(
        kinds.one_of("builder", "admin"),
        "The least role that may release and undo.",
        default="admin",
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
