"""What a name is made from: the statements that bind it, and all that these lead to.

What they read, through the functions, classes and methods that may be called, in the
game's other modules too; and the statements that may change any of that while a text
runs. Libraries are left out: no release changes them.
"""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING

from gameserver.reload.trail import Untold, Walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gameserver.reload.statements import Dotted, Statement, Statements
    from gameserver.reload.trail import Effort, Node

    Made = dict[str, list[str]]
    """By module, words in their order."""

_DEEPEST = 20  # imports that pass a name on
_BLIND = frozenset({"__import__", "eval", "exec", "globals", "locals", "vars"})
_BLIND_PARTS = frozenset({"_getframe", "currentframe", "import_module"})
_BUILT_IN = frozenset(dir(builtins))


class World:
    """The texts of one moment.

    ``facts``: of a module of the game. ``imports``: what the other modules that run
    import. ``is_firm``: says of a name that its value cannot be changed in place.
    """

    def __init__(
        self,
        facts: Callable[[str], Statements | None],
        imports: Mapping[str, Iterable[str]],
        is_firm: Callable[[Node], bool],
        effort: Effort,
    ) -> None:
        self._facts = facts
        self._imports = imports
        self._is_firm = is_firm
        self._effort = effort
        self._means: dict[tuple[str, Dotted], tuple[Node, ...]] = {}
        self._touched: dict[str, list[tuple[int, Walk]]] = {}

    def made(self, module: str, path: str) -> Made:
        """Give the words that a name is made by, in order, by module."""
        facts = self._facts_of(module)
        if self._runs_blind(module):
            raise Untold
        walk = Walk([])
        self._begin(walk, facts, module, path)
        self._follow(walk)
        done: set[tuple[str, int]] = set()
        while new := self._touching(walk, module, path) - done:
            done |= new
            for where, index in new:
                self._meet(walk, where, index)
            self._follow(walk)
        if walk.is_blind:
            raise Untold
        found: dict[str, list[str]] = {}
        for where, index in sorted(walk.met):
            words = self._facts_of(where).all[index].words
            found.setdefault(where, []).append(words)
        return found

    def _begin(self, walk: Walk, facts: Statements, module: str, path: str) -> None:
        """Begin at the one statement that binds a name, and its class's head."""
        at = facts.binders.get(path, [])
        if len(at) != 1 or not facts.all[at[0]].is_plain:
            raise Untold
        walk.nodes.add((module, path))
        self._meet(walk, module, at[0])
        scope = path.rpartition(".")[0]
        if not scope:
            return
        heads = facts.binders.get(scope, [])
        if len(heads) != 1:
            raise Untold
        self._meet(walk, module, heads[0])
        if any(
            f"{scope}.{name[0]}" in facts.binders for name in facts.all[at[0]].reads
        ):
            walk.waiting.append((module, scope))

    def _facts_of(self, module: str) -> Statements:
        found = self._facts(module)
        if found is None:
            raise Untold
        return found

    def _follow(self, walk: Walk) -> None:
        while walk.waiting:
            node = walk.waiting.pop()
            if node not in walk.nodes:
                walk.nodes.add(node)
                self._enter(walk, *node)

    def _enter(self, walk: Walk, module: str, name: str) -> None:
        facts = self._facts_of(module)
        self._effort.spend()
        if name == "*":
            at: Sequence[int] = range(len(facts.all))
        elif name in facts.members:
            at = [*facts.binders[name], *facts.members[name]]
            # Whoever gets an instance, be it ``dict`` or ``print``, may call any.
            at += [index for there in facts.methods[name].values() for index in there]
        else:
            at = facts.binders.get(name, ())
            if not at and self._has_stars(facts):
                raise Untold
        for index in at:
            self._meet(walk, module, index)

    def _is_brought(self, facts: Statements, name: str) -> bool:
        """Say whether a star import may have brought a name."""
        return name not in _BUILT_IN and self._has_stars(facts)

    def _has_stars(self, facts: Statements) -> bool:
        return any(self._facts(one) is not None for one in facts.stars)

    def _meet(self, walk: Walk, module: str, index: int) -> None:
        if (module, index) in walk.met:
            return
        walk.met.add((module, index))
        one = self._facts_of(module).all[index]
        self._look(walk, module, one.reads)
        walk.sets.update(self._set(module, one))

    def _set(self, module: str, one: Statement) -> Iterator[Node]:
        """Give what a statement sets; what it sets in a library is not followed."""
        imports = self._facts_of(module).imports
        for name in one.sets:
            own = (module, name[0]) if name[0] in imports else None
            yield from (x for x in self._resolved(module, name) if x != own)

    def _look(self, walk: Walk, module: str, names: Iterable[Dotted]) -> None:
        for name in names:
            if _is_blind(name):
                walk.is_blind.add(module)
            walk.waiting += self._resolved(module, name)

    def _resolved(self, module: str, name: Dotted) -> tuple[Node, ...]:
        """Give what a dotted name in a module means, as far as it is the game's."""
        if (module, name) not in self._means:
            self._means[module, name] = (*self._meant(module, name),)
        return self._means[module, name]

    def _meant(self, module: str, name: Dotted) -> Iterator[Node]:
        facts = self._facts_of(module)
        for target in facts.imports.get(name[0], ()):
            yield from self._imported(target, name[1:])
        if name[0] in facts.binders:
            yield module, name[0]
        elif name[0] not in facts.imports and self._is_brought(facts, name[0]):
            raise Untold

    def _imported(
        self, target: tuple[str, str], rest: Dotted, depth: int = 0
    ) -> Iterator[Node]:
        """Give what a name of an import statement means, if it is the game's."""
        if depth > _DEEPEST:
            raise Untold
        way = [*target[1:], *rest] if target[1] else [*rest]
        for n in range(len(way), -1, -1):
            module = ".".join([target[0], *way[:n]])
            facts = self._facts(module)
            if facts is None:
                continue
            name = way[n] if n < len(way) else "*"
            yield module, name
            for one in facts.imports.get(name, ()) if n < len(way) else ():
                yield from self._imported(one, tuple(way[n + 1 :]), depth + 1)
            return

    def _touching(self, walk: Walk, module: str, path: str) -> set[tuple[str, int]]:
        """Give the statements that may change something met, while they run."""
        own = (module, path)
        firm = {node for node in walk.nodes if self._is_calm(node)}
        soft = walk.nodes - firm
        scope = path.rpartition(".")[0]
        if scope:
            is_firm = own in firm and scope not in self._facts_of(module).reflexive
            (firm if is_firm else soft).add((module, scope))
        names = {one for one, _ in walk.nodes}
        near = [x for x, found in self._imports.items() if not names.isdisjoint(found)]
        if not soft and not self._sets_any(firm, {*names, *near}):
            return set()
        return {
            (name, index)
            for name in {module, *near, *(names & self._imports.keys())}
            for index, one in self._touches(name)
            if not (one.nodes.isdisjoint(soft) and one.sets.isdisjoint(soft | firm))
        } - walk.met

    def _sets_any(self, nodes: set[Node], modules: Iterable[str]) -> bool:
        """Say whether some statement of the modules, or a function, sets a name."""
        return any(
            node in nodes
            for name in modules
            if (facts := self._facts(name)) is not None
            for one in facts.all
            for node in self._set(name, one)
        )

    def _is_calm(self, node: Node) -> bool:
        facts = self._facts(node[0])
        if facts is not None and node[1] in facts.calm:
            return len(facts.binders[node[1]]) == 1
        is_import = facts is not None and node[1] in facts.imports
        return is_import or self._is_firm(node)

    def _touches(self, module: str) -> list[tuple[int, Walk]]:
        """Give the walk of each statement of a module, as far as it runs."""
        if module not in self._touched:
            facts = self._facts(module)
            found = [] if facts is None else list(enumerate(facts.all))
            self._touched[module] = [
                (index, self._run(module, one)) for index, one in found
            ]
        return self._touched[module]

    def _run(self, module: str, one: Statement) -> Walk:
        walk = Walk([])
        self._look(walk, module, one.runs)
        self._follow(walk)
        if one.runs == one.reads:
            walk.sets.update(self._set(module, one))
        return walk

    def _runs_blind(self, module: str) -> bool:
        """Say whether some statement of a module may bind whatever name."""
        facts = self._facts_of(module)
        if not any(_is_blind(name) for one in facts.all for name in one.reads):
            return False
        return any(module in walk.is_blind for _, walk in self._touches(module))


def _is_blind(name: Dotted) -> bool:
    if name[0] in _BLIND or not _BLIND_PARTS.isdisjoint(name):
        return True
    return name[:2] == ("sys", "modules")
