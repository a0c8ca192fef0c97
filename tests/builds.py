"""Test cases of a suite that pure Python and its compiled twin both have to pass."""

from __future__ import annotations

import os
import shlex
import shutil
import sysconfig

from twisted.trial.unittest import SynchronousTestCase


def compiler() -> str | None:
    """Give the C compiler that an installation would find, or None."""
    command = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
    return shutil.which(shlex.split(command)[0])


def cases(
    rules: type, pure: object, compiled: object | None, missing: str
) -> tuple[type, type]:
    """Make test cases of a suite: its ``build`` is pure in one, compiled in the other.

    The second is skipped where there is no compiled build, and says why.
    """
    common = {"__module__": rules.__module__, "__doc__": rules.__doc__}
    other = {"skip": missing} if compiled is None else {"build": compiled}
    bases = (rules, SynchronousTestCase)
    return (
        type(f"Pure{rules.__name__}", bases, {**common, "build": pure}),
        type(f"Compiled{rules.__name__}", bases, {**common, **other}),
    )
