"""The author's names: everything a game imports, nothing else.

They are loaded when one of them is asked for: a verb that only reaches a server needs
neither avatars nor the engine, and starts in half the time.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gameserver.authors import *  # noqa: F403 - all that it names
else:

    def __getattr__(name: str) -> object:
        """Give one of the author's names; their list too, for ``import *``.

        ``from gameserver import config`` asks here first, before it is imported.
        """
        is_author = not name.startswith("_") and not find_spec(f"{__name__}.{name}")
        if name == "__all__" or is_author:
            authors = import_module("gameserver.authors")
            if name == "__all__" or name in authors.__all__:
                return getattr(authors, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *import_module("gameserver.authors").__all__]
