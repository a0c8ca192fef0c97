"""Every case, registered by importing the module that holds it."""

from __future__ import annotations

from tests.reload.suite.cases import (
    classes,
    classes_library,
    classes_members,
    classes_shape,
    failures,
    functions,
    functions_in_flight,
    functions_wrapped,
    hooks,
    memory,
    module,
    module_imports,
    threads,
)

__all__ = [
    "classes",
    "classes_library",
    "classes_members",
    "classes_shape",
    "failures",
    "functions",
    "functions_in_flight",
    "functions_wrapped",
    "hooks",
    "memory",
    "module",
    "module_imports",
    "threads",
]
