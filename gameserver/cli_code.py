"""The verbs for plugin text in the database: read files, ask, print, exit code."""

from __future__ import annotations

import io
import json
import sys
import tokenize
from typing import TYPE_CHECKING, Any

import click

from gameserver.admin.long_texts import LARGEST_TEXT
from gameserver.cli_reach import Reach, reaching
from gameserver.cli_table import clean, moment, print_rows
from gameserver.errors import BadArguments, GameError, NotFound, PluginError

if TYPE_CHECKING:
    from gameserver.cli_reach import Asks

_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_SERVED = ["module", "release", "in_force", "source"]
_COLUMNS = ["revision", "at", "author", "removed", "note"]


@click.group()
def code() -> None:
    """Keep the game's code in the database.

    The server may be running or stopped. A text that is put is not in force:
    `gameserver reload` releases it.
    """


@code.command("put")
@reaching
@click.argument("module")
@click.argument("file", required=False)
@click.option(
    "--base", type=click.IntRange(0), help="The revision that `code get` gave."
)
@click.option("--note", default="", help="What was changed, for the log.")
@click.option("--remove", is_flag=True, help="Take the module out; needs no FILE.")
def code_put(
    reach: Reach,
    module: str,
    file: str | None,
    base: int | None,
    note: str,
    remove: bool,
) -> None:
    """Put a new revision of MODULE, from FILE or stdin.

    It is refused, with what others have changed, unless it was made from the newest
    revision: --base is the number that `code get` gave.
    """
    if remove and file is not None:
        raise click.UsageError("--remove takes no FILE")
    text = None if remove else read_text(file)

    async def put(ask: Asks) -> tuple[dict[str, Any] | None, GameError | None, str]:
        try:
            return await ask("code_put", module, text, base or 0, note), None, ""
        except GameError as refusal:
            if refusal.code != "stale-revision" or not base:
                return None, refusal, ""
            others = await ask("code_diff", module, base)
            return None, refusal, "".join(others)

    row, refusal, others = reach.talk_anyway(put)
    if refusal is not None:
        click.echo(clean(others), nl=False)
        raise _explained(refusal, module, base)
    what = "removed" if row["removed"] else "put"
    click.echo(f"{what} {module}, revision {row['revision']}; not in force yet")


def _explained(refusal: GameError, module: str, base: int | None) -> GameError:
    """Say how to go on after a put that was not made from the newest revision."""
    if refusal.code != "stale-revision":
        return refusal
    get = f"`gameserver code get {module}`"
    if base is None:
        remedy = f"get it with {get}, and put with the --base that it tells"
    else:
        remedy = f"get the newest with {get}, and make your change to that"
    return GameError(refusal.code, f"{refusal.text}; {remedy}")


@code.command("get")
@reaching
@click.argument("module")
@click.option("--revision", type=int, help="Default: the newest.")
@_json
def code_get(reach: Reach, module: str, revision: int | None, as_json: bool) -> None:
    """Print the text of MODULE; on stderr, what to put it back with."""
    row = reach.perform("code_get", module, revision)
    if as_json:
        click.echo(json.dumps(row))
        return
    click.echo(_origin(module, row), err=True)
    if sys.stdout.isatty():
        click.echo(clean(row["text"]), nl=False)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(row["text"].encode("utf-8", "surrogatepass"))


def _origin(module: str, row: dict[str, Any]) -> str:
    """Say whose text it is, and how it is put back; ``NotFound`` if it has none."""
    number, author = row["revision"], _line(row["author"])
    if not number:
        file = _line(row["source"])
        return f"{file}, not in the database; put it there without --base"
    said = f"revision {number} by {author}, {moment(row['at'])}"
    if row["removed"]:
        raise NotFound(f"{module} is removed since {said}; name an earlier --revision")
    return f"{said}; put it back with --base {number}"


@code.command("list")
@reaching
@_json
def code_list(reach: Reach, as_json: bool) -> None:
    """List the modules: from where each is served, and the release that runs.

    The source is what the next release, or start, reads. What runs may be older: then
    it is not in force.
    """
    found = reach.perform("code_list")
    rows = found if as_json else [{**one, **_told(one)} for one in found]
    print_rows(rows, _SERVED, as_json)


def _told(row: dict[str, Any]) -> dict[str, str]:
    """Say from where one is served, and what runs, in words."""
    source = row["source"] or "no module"
    if row["author"] is not None:
        source = f"{source} by {row['author']}"
    if row["covered_by"] is not None:
        source = f"{row['covered_by']}, over {source}"
    if row["release"] is None:
        return {"source": source, "release": "-", "in_force": "-"}
    return {"source": source}


@code.command("log")
@reaching
@click.argument("module")
@_json
@click.option("--limit", default=50, show_default=True, help="How many revisions.")
def code_log(reach: Reach, module: str, as_json: bool, limit: int) -> None:
    """List the revisions of MODULE, newest first."""
    found = reach.perform("code_log", module, limit)
    rows = found if as_json else [{**one, "at": moment(one["at"])} for one in found]
    print_rows(rows, _COLUMNS, as_json)


@code.command("diff")
@reaching
@click.argument("module")
@click.argument("old", type=int, required=False)
@click.argument("new", type=int, required=False)
def code_diff(reach: Reach, module: str, old: int | None, new: int | None) -> None:
    """Show what changed from OLD to NEW.

    OLD is the text in force by default, which needs a running server; NEW the newest
    revision.
    """
    changed = "".join(reach.perform("code_diff", module, old, new))
    click.echo(clean(changed) if changed else "no difference\n", nl=False)


@code.command("revert")
@reaching
@click.argument("module")
@click.argument("revision", type=int)
def code_revert(reach: Reach, module: str, revision: int) -> None:
    """Put the text of an earlier revision again, as the newest."""
    row = reach.perform("code_revert", module, revision)
    number = row["revision"]
    click.echo(
        f"{module} is back to revision {revision}, as {number}; not in force yet"
    )


def read_text(file: str | None) -> str:
    """Give the text of a Python file, of stdin for None or ``-``, once it compiles.

    ``PluginError`` with file and line if it does not; ``BadArguments`` if it cannot
    be read, is empty or too large.
    """
    name = "stdin" if file in (None, "-") else str(file)
    content = _content(name if file != "-" and file else None)
    if len(content) > LARGEST_TEXT:
        seen = f"{name}: saw {len(content):,} bytes"
        raise BadArguments(f"{seen}, expected at most {LARGEST_TEXT:,}")
    if not content.strip():
        raise BadArguments(f"{name}: is empty, expected a module; or use --remove")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
        compile(text, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        place = f"{name}:{error.lineno or 1}"
        raise PluginError(place, f"{type(error).__name__}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        raise PluginError(name, f"cannot be compiled: {error}") from error
    if encoding not in {"utf-8", "utf-8-sig"}:
        raise BadArguments(f"{name}: saw the encoding {encoding}, expected utf-8")
    return text


def _content(file: str | None) -> bytes:
    if file is None:
        if sys.stdin.isatty():
            raise click.UsageError("name a FILE, or send the text to stdin")
        try:  # not ``buffer``: what follows a password's line was read ahead
            return sys.stdin.read(LARGEST_TEXT + 1).encode("utf-8", "surrogateescape")
        except UnicodeDecodeError as error:
            raise BadArguments(f"stdin: {error}; expected text in UTF-8") from error
    try:
        with open(file, "rb") as opened:  # noqa: PTH123 - bounded reading
            return opened.read(LARGEST_TEXT + 1)
    except OSError as error:
        text = f"{file}: cannot be read: {error.strerror}; expected a Python file"
        raise BadArguments(text) from error


def _line(text: str) -> str:
    return clean(text).replace("\n", " ")
