"""Options that are a number of seconds."""

from __future__ import annotations

import math
from typing import Any

import click


class Seconds(click.FloatRange):
    """A finite number in a range: ``nan`` is in every range, as it is never outside."""

    name = "float"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - what was typed, or a default
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - as click has it
        """Give the number; click's own error, with exit code 2, names the option."""
        found = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value!r}: expected a finite number of seconds", param, ctx)
        return found
