"""One module's text: bytes, and the string that they stand for.

Bytes become a string by the rules of PEP 263 and by no others. A text that was given
as a string has its encoding behind it: what its first lines say of one is a comment.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
import tokenize
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from gameserver.errors import PluginError

_GIVEN_AS_STRING = "utf-8-sig"  # a byte order mark is no part of the source


@dataclass(frozen=True)
class Text:
    """One module's text.

    ``name``: the full module name. ``origin``: what tracebacks name as its file.
    ``content``: bytes, or a string, which is kept as bytes of UTF-8; anything else
    raises ``PluginError``.
    ``encoding``: of the content, where it is known; "": as the content itself says.
    """

    name: str
    content: bytes
    origin: str
    is_package: bool
    encoding: str = ""

    if TYPE_CHECKING:  # what is given may be a string; what is kept is bytes

        def __init__(
            self,
            name: str,
            content: bytes | str,
            origin: str,
            is_package: bool,  # noqa: FBT001 - a field, as the dataclass gives it
            encoding: str = "",
        ) -> None: ...

    def __post_init__(self) -> None:
        """Make bytes of a string, which is decoded already."""
        if isinstance(self.content, bytes):
            return
        content = _encoded(self.content, self.origin)
        object.__setattr__(self, "content", content)
        object.__setattr__(self, "encoding", _GIVEN_AS_STRING)

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, as hex digits."""
        return hashlib.sha256(self.content).hexdigest()

    @cached_property
    def source(self) -> str:
        r"""The text as a string whose lines end in ``\n``.

        Raises ``PluginError``, naming the line, if its encoding is wrong or unknown.
        """
        try:
            decoded = self.content.decode(self.encoding or self._declared())
        except (SyntaxError, UnicodeDecodeError, LookupError) as error:
            place = f"{self.origin}:{_wrong_line(self.content, error)}"
            raise PluginError(place, f"cannot be decoded: {error}") from error
        return decoded.replace("\r\n", "\n").replace("\r", "\n")

    def _declared(self) -> str:
        return tokenize.detect_encoding(io.BytesIO(self.content).readline)[0]

    @cached_property
    def lines(self) -> tuple[str, ...]:
        r"""The source's lines, each with its ``\n``, numbered as the compiler does.

        Not ``str.splitlines``: that ends a line at a form feed too.
        """
        lines = io.StringIO(self.source).readlines()
        if lines and not lines[-1].endswith("\n"):
            lines[-1] += "\n"
        return tuple(lines)


def text_from(
    name: str, given: str | bytes, origin: str, *, is_package: bool = False
) -> Text:
    """Give the text of a string or of bytes.

    Raises ``PluginError``, naming the line, if a string is none that bytes can hold.
    """
    return Text(name, given, origin, is_package)


def _encoded(given: object, origin: str) -> bytes:
    """Give the bytes of a string; ``PluginError`` for what is none."""
    if not isinstance(given, str):
        reason = f"the text is {type(given).__name__}, expected bytes or str"
        raise PluginError(origin, reason)
    try:
        return given.encode()
    except UnicodeEncodeError as error:
        line = given.count("\n", 0, error.start) + 1
        raise PluginError(f"{origin}:{line}", f"cannot be encoded: {error}") from error


def _wrong_line(content: bytes, error: Exception) -> int:
    """Give the line at fault, from 1; only ``UnicodeDecodeError`` tells by itself."""
    if isinstance(error, SyntaxError):
        head = b"".join(content.splitlines(keepends=True)[:2])
        try:
            head.removeprefix(codecs.BOM_UTF8).decode()
        except UnicodeDecodeError as in_head:
            error, content = in_head, head
    if isinstance(error, UnicodeDecodeError):
        return len((content[: error.start] + b".").splitlines())
    return _cookie_line(content.decode("latin-1"))


def _cookie_line(text: str) -> int:
    return 1 if re.match(r"[^#]*#.*?coding[:=]", text.partition("\n")[0]) else 2
