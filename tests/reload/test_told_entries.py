"""The plan names the table and key that come or go, and the module that does it."""

from __future__ import annotations

from typing import Any

from tests.reload.engines import EngineCase

REGISTRY = """
COMMANDS = {{}}
LATE = []
class Config:
    kinds = {{}}
config = Config()
config.hooks = {{}}
def command(f):
    COMMANDS[{0}] = f
    return f
"""
BOT = """
class Bot:
    def __init__(self): self.hooks = {}
    def on(self, e):
        def d(f):
            self.hooks.setdefault(e, []).append(f)
            return f
        return d
bot = Bot()
@bot.on("join")
def i(): pass
"""


class ToldEntryTests(EngineCase):
    """Entries of tables of other modules, and of own objects."""

    def told(self, plan: Any) -> set[tuple[str, str, str]]:
        """Give kind, module and name of what comes and goes."""
        kinds = {"added", "removed", "conflict", "patched"}
        return {
            (x.kind, x.module.removeprefix("worlds."), x.name)
            for x in plan.entries
            if x.kind in kinds
        }

    def test_decorator_that_stores_otherwise(self):
        """The registry and its user change together: their keys are named."""
        self.load(registry=REGISTRY.format("f.__name__"))
        text = "from worlds.registry import command\n@command\ndef look(): pass\n"
        module = self.load(cmds=text)
        self.write(registry=REGISTRY.format("'/' + f.__name__"))
        plan = self.engine.plan(["worlds.registry", "worlds.cmds"])
        table = "worlds.registry.COMMANDS"
        found = {x for x in self.told(plan) if x[0] in {"added", "removed"}}
        expected = {
            ("removed", "cmds", f"{table}['look']"),
            ("added", "cmds", f"{table}['/look']"),
        }
        self.assertEqual(found, expected)
        self.engine.commit(plan)
        self.assertEqual(module.command.__globals__["COMMANDS"], {"/look": module.look})

    def test_second_module(self):
        """Of several modules, each has the line of what its own text does."""
        self.load(registry=REGISTRY.format("f.__name__"))
        text = "from worlds import registry\ndef f{0}(): pass\n"
        text += "registry.{1} = {0}\nregistry.COMMANDS['{1}'] = f{0}\n"
        text += "registry.Config.{1} = {0}\n"
        names = "abc"
        for name in names:
            self.load(**{name: text.format(1, name)})
        self.write(**{name: text.format(2, name) for name in names})
        told = self.told(self.engine.plan())
        for name in names:
            for kind, where in (
                ("patched", name),
                ("patched", f"COMMANDS['{name}']"),
                ("patched", f"Config.{name}"),
            ):
                self.assertIn((kind, name, f"worlds.registry.{where}"), told)

    def test_own_table(self):
        """An entry that the text's own object loses is named; the function stays."""
        text = "{0}\ndef j(): return 1\n"
        module = self.load(bot=BOT + text.format('@bot.on("join")'))
        self.write(bot=BOT + text.format(""))
        plan = self.engine.plan()
        gone = [x for x in plan.entries if x.kind == "removed"]
        self.assertEqual([x.name for x in gone], ["bot.hooks['join']"])
        self.engine.commit(plan)
        self.assertEqual(module.bot.hooks, {"join": [module.i]})

    def test_removed_module(self):
        """What goes with a module is named by table and key."""
        self.load(registry=REGISTRY.format("f.__name__"))
        text = "from worlds import registry\ndef f(): pass\n"
        text += "registry.command(f)\nregistry.LATE.append(f)\n"
        text += "registry.config.hooks['x'] = f\nregistry.Config.kinds[1] = f\n"
        self.load(a=text)
        del self.texts["worlds.a"]
        plan = self.engine.plan()
        wheres = ("COMMANDS['f']", "LATE", "config.hooks['x']", "Config.kinds[1]")
        for where in wheres:
            expected = ("removed", "a", f"worlds.registry.{where}")
            self.assertIn(expected, self.told(plan))
