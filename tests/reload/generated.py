"""Games made up by hypothesis: sets of modules that import one another, and edits.

A game is data that renders as texts. An item names what it refers to by a number,
resolved when it is rendered, so every game is valid Python that can be imported, after
any edit and however far hypothesis shrinks it. Modules refer to those before them when
they run; to those behind them by an import at their end, so circles exist.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.reload.items import KINDS, Item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ROOT = "lawgame"
NAMES = (f"{ROOT}.a", f"{ROOT}.pack", f"{ROOT}.pack.c", f"{ROOT}.d", f"{ROOT}.pack.e")
"""In the order in which they may refer to one another."""

REFERRED = {
    "number": ("number",),
    "function": ("function", "decorated", "registered"),
    "class": ("class", "abstract", "recording", "metaclassed"),
    "decorator": ("decorator",),
    "registry": ("registry",),
}
"""What an item asks for, and the kinds of items that can serve."""


@dataclass(frozen=True)
class Module:
    """``gap``: how many comment lines stand before each item; ``circle``: see above."""

    name: str
    items: tuple[Item, ...] = ()
    gap: int = 0
    circle: bool = False

    @property
    def key(self) -> str:
        """What ``Texts`` calls it: a package stays one when it loses its modules."""
        return f"{self.name}.__init__" if self.name == f"{ROOT}.pack" else self.name

    def named(self, item: Item) -> str:
        """Give an item's name: no two modules share one."""
        return f"{self.name.rpartition('.')[2]}_{item.name}"


@dataclass(frozen=True)
class Game:
    """Modules in the order of ``NAMES``; ``eager``: see ``Scope``."""

    modules: tuple[Module, ...]
    eager: bool = True

    def __repr__(self) -> str:
        shown = [f"# --- {key}\n{text}" for key, text in self.texts().items()]
        return "\n" + "\n".join(shown)

    @property
    def names(self) -> list[str]:
        """The names of the modules."""
        return [module.name for module in self.modules]

    def texts(self) -> dict[str, str]:
        """Give the texts, as ``Texts`` takes them."""
        return {
            module.key: self._text(index) for index, module in enumerate(self.modules)
        }

    def _text(self, index: int) -> str:
        module = self.modules[index]
        scope = Scope(self, index)
        body: list[str] = []
        for place, item in enumerate(module.items):
            scope.place = place
            body += [f"# {n}" if n % 2 else "" for n in range(module.gap)]
            body += KINDS[item.kind](item, module.named(item), scope)
        late = [one.name for one in self.modules[index + 1 :]] if module.circle else []
        head = ["import law_tally", "law_tally.runs.append(__name__)", *scope.imports]
        return "\n".join([*head, *body, *(f"import {one}" for one in late), ""])


@dataclass
class Scope:
    """What an item can refer to at its place: items before it, here and elsewhere.

    A game that is not ``eager`` makes no value of another module's value when it runs:
    a module that does is stale until its own text changes, by design.
    """

    game: Game
    index: int
    place: int = 0
    imports: dict[str, None] = field(default_factory=dict)

    def find(
        self, what: str, ref: int, *, value: bool = False, suffix: str = ""
    ) -> str:
        """Give an expression for the ``ref``-th thing of a sort, "" for none.

        ``value``: its value is used up when the module runs. ``suffix``: of the name
        that is meant beside the thing's own.
        """
        found = list(self._found(what, foreign=self.game.eager or not value))
        if not found or ref % (len(found) + 1) == 0:
            return ""
        module, own = found[ref % len(found)]
        name = own + suffix
        if module is self.game.modules[self.index]:
            return name
        return self._imported(module, name, ref)

    def _found(self, what: str, *, foreign: bool) -> Iterator[tuple[Module, str]]:
        for module in self.game.modules[: self.index + 1] if foreign else ():
            is_here = module is self.game.modules[self.index]
            for item in module.items[: self.place] if is_here else module.items:
                if item.kind in REFERRED[what]:
                    yield module, module.named(item)
        if not foreign:
            module = self.game.modules[self.index]
            for item in module.items[: self.place]:
                if item.kind in REFERRED[what]:
                    yield module, module.named(item)

    def _imported(self, above: Module, name: str, ref: int) -> str:
        module = above.name
        parent, _, last = module.rpartition(".")
        here = self.game.modules[self.index]
        is_below = here.name.startswith(f"{ROOT}.pack.")
        match ref % 4:
            case 1:
                self.imports[f"from {parent} import {last} as {last}_"] = None
                return f"{last}_.{name}"
            case 2 if not above.circle:  # parents get the attribute too late
                self.imports[f"import {module}"] = None
                return f"{module}.{name}"
            case 3 if is_below and parent == ROOT:
                self.imports[f"from ..{last} import {name}"] = None
                return name
        self.imports[f"from {module} import {name}"] = None
        return name


def items(kinds: Iterable[str] = tuple(KINDS)) -> st.SearchStrategy[Item]:
    """Give items under one of a few names, so that edits meet the same ones."""
    return st.builds(
        Item,
        st.sampled_from("pqrstu"),
        st.sampled_from(list(kinds)),
        st.integers(0, 7),
        st.integers(0, 5),
        st.integers(0, 3),
    )


def _unique(found: Iterable[Item]) -> tuple[Item, ...]:
    return tuple({item.name: item for item in found}.values())


@st.composite
def games(draw: st.DrawFn, *, eager: bool = True, most: int = 4) -> Game:
    """Give a game of one to ``most`` modules."""
    names = NAMES[: draw(st.integers(1, most))]
    modules = [
        Module(
            name,
            _unique(draw(st.lists(items(), min_size=1, max_size=5))),
            circle=draw(st.booleans()),
        )
        for name in names
    ]
    return Game(tuple(modules), eager)


@st.composite
def edits(draw: st.DrawFn, game: Game, *, names: bool = True) -> Game:
    """Give the game after one to four edits, which may cancel one another out.

    ``names``: whether modules may come.
    """
    for _ in range(draw(st.integers(1, 4))):
        index = draw(st.integers(0, len(game.modules) - 1))
        module = _edited(draw, game.modules[index])
        modules = [*game.modules]
        modules[index] = module
        game = replace(game, modules=tuple(modules))
    if names and len(game.modules) < len(NAMES) and draw(st.integers(0, 3)) == 0:
        fresh = Module(NAMES[len(game.modules)], _unique(draw(st.lists(items()))))
        game = replace(game, modules=(*game.modules, fresh))
    return game


def _edited(draw: st.DrawFn, module: Module) -> Module:
    here = list(module.items)
    match draw(st.sampled_from(["change", "add", "remove", "rename", "kind", "move"])):
        case "add":
            here.insert(draw(st.integers(0, len(here))), draw(items()))
        case "remove" if here:
            here.pop(draw(st.integers(0, len(here) - 1)))
        case "move" if here:
            here = draw(st.permutations(here))
        case "rename" if here:
            index = draw(st.integers(0, len(here) - 1))
            here[index] = replace(here[index], name=draw(st.sampled_from("pqrstuvw")))
        case "kind" if here:
            index = draw(st.integers(0, len(here) - 1))
            here[index] = replace(draw(items()), name=here[index].name)
        case _ if here:
            index = draw(st.integers(0, len(here) - 1))
            other = draw(items([here[index].kind]))
            here[index] = replace(other, name=here[index].name)
    return replace(module, items=_unique(here), gap=draw(st.integers(0, 2)))


@st.composite
def pairs(draw: st.DrawFn, *, eager: bool = True) -> tuple[Game, Game]:
    """Give a game and an edited one."""
    game = draw(games(eager=eager))
    return game, draw(edits(game))


@st.composite
def spread(draw: st.DrawFn, game: Game) -> Game:
    """Give the game with other comments and blank lines, and nothing else."""
    modules = (replace(one, gap=draw(st.integers(0, 5))) for one in game.modules)
    return replace(game, modules=tuple(modules))


@dataclass(frozen=True)
class Meddling:
    """One change at run time: what is done (``act``) to which name of which module."""

    module: int
    name: int
    act: str


ACTS = ("rebind", "mutate", "inject", "patch", "delete", "instance")


def meddlings(acts: tuple[str, ...] = ACTS) -> st.SearchStrategy[list[Meddling]]:
    """Give changes at run time; ``World.meddle`` makes them."""
    which = st.integers(0, 5)
    return st.lists(
        st.builds(Meddling, which, which, st.sampled_from(acts)), max_size=4
    )
