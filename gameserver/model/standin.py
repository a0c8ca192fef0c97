"""A transparent stand-in: asks which object it stands for at each use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class StandIn:
    """Passes attributes on to the object that ``current`` gives, read and write.

    Kept anywhere, it follows successions, as nothing of the object is kept in it.
    """

    __slots__ = ("_current",)

    def __init__(self, current: Callable[[], object]) -> None:
        object.__setattr__(self, "_current", current)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any attribute
        return getattr(object.__getattribute__(self, "_current")(), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_current")(), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_current")(), name)

    def __repr__(self) -> str:
        return f"<stand-in for {object.__getattribute__(self, '_current')()!r}>"
