"""Modules that are in no file: a dict stands for the database."""

from __future__ import annotations

import importlib.abc
import importlib.util


class DatabaseFinder(importlib.abc.MetaPathFinder):
    """Finds modules whose text is in ``src``, by name."""

    def __init__(self) -> None:
        self.src: dict[str, str] = {}

    def find_spec(self, name, path, target=None):
        """Give the spec of a stored module; its origin says that it is no file."""
        if name not in self.src:
            return None
        loader = DatabaseLoader(self, name)
        return importlib.util.spec_from_loader(name, loader, origin=f"<db>/{name}.py")


class DatabaseLoader(importlib.abc.InspectLoader):
    """Loads one stored module."""

    def __init__(self, finder: DatabaseFinder, name: str) -> None:
        self.finder, self.name = finder, name

    def get_source(self, fullname: str) -> str:
        """Give the text as it is stored now."""
        return self.finder.src[fullname]

    def create_module(self, spec):
        """Leave the making of the module to the import system."""
