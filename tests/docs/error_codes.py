"""The table of error codes as ``gameserver/errors.py`` has them.

``python -m tests.docs.error_codes`` prints it, to be put into the author's reference.
"""

from __future__ import annotations

import sys

from gameserver.errors import PeerError


def refusals() -> list[type[PeerError]]:
    """Give every class whose code crosses the wire, in order of declaration."""
    found = [PeerError]
    for owner in found:
        found += owner.__subclasses__()
    found = [one for one in found if one.__module__ == PeerError.__module__]
    names = list(vars(sys.modules[PeerError.__module__]))
    return sorted(found, key=lambda owner: names.index(owner.__name__))


def table() -> str:
    """Give code, class, meaning and remedy of each as Markdown."""
    rows = ["| Code | Class | Meaning | Remedy |", "|---|---|---|---|"]
    for owner in refusals():
        meaning = (owner.__doc__ or "").partition("\n")[0].replace("``", "`")
        code, name = owner.wire_code, owner.__name__
        rows.append(f"| `{code}` | `{name}` | {meaning} | {owner.remedy} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
