"""A bot and its commands in one module: the bot stays, its commands follow the text."""

from __future__ import annotations

import sys
from typing import Any

from tests.reload.engines import EngineCase

DICT = """
class Bot:
    def __init__(self):
        self.commands = {}
        self.seen = []
    def command(self, f):
        self.commands[f.__name__] = f
        return f
bot = Bot()
"""
LIST = DICT.replace("= {}", "= []").replace("[f.__name__] = f", ".append(f)")
SET = DICT.replace("= {}", "= set()").replace("[f.__name__] = f", ".add(f)")
SELF = """
class Bot(dict):
    seen = property(lambda self: self.__dict__.setdefault('_seen', []))
    commands = property(lambda self: self)
    def command(self, f):
        self[f.__name__] = f
        return f
bot = Bot()
"""
SLOTS = DICT.replace("class Bot:", "class Bot:\n    __slots__ = ('commands', 'seen')")
WRAPPED = DICT.replace("[f.__name__] = f", "[f.__name__] = lambda: f()")
CLOSURE = LIST.replace(".append(f)", ".append(wrapped(f))").replace(
    "class Bot",
    "def wrapped(f):\n    def inner(): return f()\n"
    "    inner.__name__ = f.__name__\n    return inner\nclass Bot",
)
COMMAND = """
class Command:
    def __init__(self, f): self.f, self.calls, self.__name__ = f, 0, f.__name__
    def __call__(self):
        self.calls += 1
        return self.f()
"""
OBJECTS = COMMAND + DICT.replace("] = f", "] = Command(f)")
LISTED = COMMAND + LIST.replace("append(f)", "append(Command(f))")
PAIRS = LIST.replace("append(f)", "append((f.__name__, f))")
KINDS = (DICT, LIST, SET, SELF, SLOTS, WRAPPED, CLOSURE, OBJECTS, LISTED)

HI = "\n@bot.command\ndef hi(): return '{0}'\n"
BYE = "@bot.command\ndef bye(): return 'bye'\n"
DANCE = "@bot.command\ndef dance(): return 'dances'\n"


class OwnRegistryTests(EngineCase):
    """What a text enters in an object that it has made itself."""

    def said(self, bot: Any) -> dict[str, Any]:
        """Give what a bot's commands say, by name."""
        found = bot.commands
        if isinstance(found, dict):
            return {name: one() for name, one in sorted(found.items())}
        pairs = ((one.__name__, one()) for one in found)
        return dict(sorted(pairs))

    def each(self, kinds: Any = KINDS) -> Any:
        """Give each kind of bot, loaded with two commands."""
        for kind in kinds:
            self.setUp()
            module = self.load(one=kind + HI.format("hi") + BYE)
            yield kind, module.bot
            self.assertIs(module.bot, sys.modules["worlds.one"].bot)
            self.doCleanups()

    def test_commands_follow(self):
        """New commands are registered, dropped ones go, changed ones run new code."""
        for kind, bot in self.each():
            bot.seen.append("ann")
            before = self.said(bot)
            done = self.release(one=kind + HI.format("hi!") + DANCE)
            after = {"dance": "dances", "hi": "hi!"}
            self.assertEqual(self.said(bot), after)
            self.assertEqual(bot.seen, ["ann"])
            if "calls" not in kind:  # to call one that has come changes it
                done.undo()
                self.assertEqual(self.said(bot), before)
                self.engine.release()
            self.assertEqual(self.said(bot), after)
            self.release(one=kind + HI.format("hi!") + DANCE + "# \nY = 1\n")
            self.assertEqual(self.said(bot), after)
            self.release(one=kind + BYE)
            self.assertEqual(self.said(bot), {"bye": "bye"})
            self.release(one=kind + BYE + HI.format("again"))
            self.assertEqual(self.said(bot), {"bye": "bye", "hi": "again"})

    def test_class_elsewhere(self):
        """The class may be another module's, of the game or of a library."""
        lib, _, make = DICT.partition("bot = ")
        self.load(lib=lib)
        head = f"from worlds.lib import Bot\nbot = {make}"
        bot = self.load(one=head + HI.format("hi") + BYE).bot
        self.release(one=head + HI.format("hi!") + DANCE)
        self.assertEqual(self.said(bot), {"dance": "dances", "hi": "hi!"})
        # Both in one plan.
        self.release(lib=lib + "Z = 1\n", one=head + HI.format("hi"))
        self.assertEqual(self.said(bot), {"hi": "hi"})

    def test_run_time_entries(self):
        """What was entered at run time stays; what was taken out stays out."""
        for kind, bot in self.each((DICT, LIST)):
            if kind is DICT:
                bot.commands["extra"] = str
                del bot.commands["hi"]
            else:
                bot.commands.append(str)
                del bot.commands[0]
            self.release(one=kind + HI.format("hi!") + DANCE)
            found = bot.commands
            names = list(found) if kind is DICT else [one.__name__ for one in found]
            self.assertEqual(
                sorted(names), sorted(["dance", "extra" if kind is DICT else "str"])
            )

    def test_run_time_entry_of_a_new_name(self):
        """A name taken at run time stays with what took it, and the plan says so."""
        bot = self.load(one=DICT + HI.format("hi")).bot
        bot.commands["dance"] = str
        self.write(one=DICT + HI.format("hi") + DANCE)
        plan = self.engine.plan()
        self.assertIn(("conflict", "bot.commands['dance']"), self.kinds(plan))
        self.engine.commit(plan)
        self.assertIs(bot.commands["dance"], str)

    def test_plan_names_entries(self):
        """The plan says which entry comes and which goes."""
        self.load(one=DICT + HI.format("hi") + BYE)
        self.write(one=DICT + HI.format("hi") + DANCE)
        found = self.kinds(self.engine.plan())
        self.assertIn(("added", "bot.commands['dance']"), found)
        self.assertIn(("removed", "bot.commands['bye']"), found)

    def test_objects_keep_their_counts(self):
        """A registered object stays the same one, with what it has counted."""
        for kind, bot in self.each((OBJECTS, LISTED)):
            there = bot.commands["hi"] if kind is OBJECTS else bot.commands[0]
            self.assertEqual(there(), "hi")
            self.release(one=kind + HI.format("hi!") + DANCE)
            now = bot.commands["hi"] if kind is OBJECTS else bot.commands[0]
            self.assertIs(now, there)
            self.assertEqual((now(), now.calls), ("hi!", 2))

    def test_rows(self):
        """A tuple that holds a function is registered once, with its new text."""
        bot = self.load(one=PAIRS + HI.format("hi") + BYE).bot
        self.release(one=PAIRS + HI.format("hi!") + DANCE)
        found = {name: one() for name, one in bot.commands}
        self.assertEqual(found, {"dance": "dances", "hi": "hi!"})
        self.assertEqual(len(bot.commands), 2)

    def test_hooks_in_lists(self):
        """A dict of lists inside: each list by itself; it goes with its last entry."""
        kind = DICT.replace(
            "self.commands[f.__name__] = f",
            "self.commands.setdefault(f.__doc__, []).append(f)",
        )
        one = "@bot.command\ndef {}():\n    '{}'\n    return {}\n"
        texts = [one.format("f", "tick", 1), one.format("g", "tick", 2)]
        bot = self.load(one=kind + "".join(texts)).bot
        there = bot.commands["tick"]
        there.append(len)
        self.release(one=kind + texts[1] + one.format("h", "tock", 3))
        self.assertIs(bot.commands["tick"], there)
        self.assertEqual(next(x for x in there if x is not len)(), 2)
        self.assertEqual(len(there), 2)
        self.assertEqual([x() for x in bot.commands["tock"]], [3])
        self.release(one=kind + texts[1])
        self.assertEqual(list(bot.commands), ["tick"])
        there.remove(len)
        self.release(one=kind + "Z = 1\n")
        self.assertEqual(bot.commands, {})

    def test_list_of_the_constructor(self):
        """A list that the constructor makes stays, be it empty."""
        kind = DICT.replace("commands = {}", "commands = {'tick': []}").replace(
            "[f.__name__] = f", "['tick'].append(f)"
        )
        bot = self.load(one=kind + HI.format("hi")).bot
        there = bot.commands["tick"]
        self.release(one=kind + "Z = 1\n")
        self.assertIs(bot.commands["tick"], there)
        self.assertEqual(there, [])
        self.release(one=kind + HI.format("hi"))
        self.assertEqual([one() for one in there], ["hi"])

    def test_bot_that_a_release_brings(self):
        """A bot that came with a release is like one that was loaded."""
        self.load(one="X = 1\n")
        self.release(one=DICT + HI.format("hi") + BYE)
        bot = sys.modules["worlds.one"].bot
        self.release(one=DICT + HI.format("hi!") + DANCE)
        self.assertEqual(self.said(bot), {"dance": "dances", "hi": "hi!"})

    def test_new_module(self):
        """So is one in a module that a release brought."""
        self.load(zero="X = 1\n")
        self.release(one=DICT + HI.format("hi") + BYE)
        bot = __import__("worlds.one").one.bot
        self.release(one=DICT + HI.format("hi!") + DANCE)
        self.assertEqual(self.said(bot), {"dance": "dances", "hi": "hi!"})

    def test_together_with_a_plugin(self):
        """The bot's module and a plugin that registers there change in one release."""
        self.load(one=DICT + HI.format("hi") + BYE)
        plugin = "from worlds.one import bot\n@bot.command\ndef {0}(): return '{0}'\n"
        bot = self.load(two=plugin.format("sing")).bot
        self.release(one=DICT + HI.format("hi!") + DANCE, two=plugin.format("jump"))
        after = {"dance": "dances", "hi": "hi!", "jump": "jump"}
        self.assertEqual(self.said(bot), after)
        self.release(two=plugin.format("sing"))
        del after["jump"]
        self.assertEqual(self.said(bot), {**after, "sing": "sing"})
        self.release(one=DICT + HI.format("hi!"))
        self.assertEqual(self.said(bot), {"hi": "hi!", "sing": "sing"})

    def test_state_is_not_touched(self):
        """A container without definitions is state: nothing is entered or taken out."""
        text = "import itertools\nclass W:\n    def __init__(self):\n"
        text += "        self.ids = [id(self)]\n        self.by = {{id(self): 1}}\n"
        text += "w = W()\ndef f(): return {}\n"
        module = self.load(one=text.format(1))
        before = list(module.w.ids), dict(module.w.by)
        self.release(one=text.format(2))
        self.assertEqual((module.w.ids, module.w.by), before)

    def test_objects_in_a_dict(self):
        """An object in a dict of the module is one, too, under two names or one."""
        kind = DICT.replace("bot = Bot()", "BOTS = {'a': Bot()}\nbot = BOTS['a']")
        bot = self.load(one=kind + HI.format("hi") + BYE).bot
        bot.commands["extra"] = str
        self.write(one=kind + HI.format("hi!") + DANCE)
        plan = self.engine.plan()
        removed = [one for one in plan.entries if one.kind == "removed"]
        self.assertEqual(len(removed), 2)  # the function, and its one entry
        self.engine.commit(plan)
        self.assertEqual(self.said(bot), {"dance": "dances", "extra": "", "hi": "hi!"})

    def test_object_inside(self):
        """An object in a field is looked into, whatever module its class is of."""
        lib, _, _ = DICT.replace("Bot", "Router").partition("bot = ")
        self.load(lib=lib)
        kind = "from worlds.lib import Router\nclass Bot:\n"
        kind += "    def __init__(self): self.router = Router()\n"
        kind += "    def command(self, f): return self.router.command(f)\nbot = Bot()\n"
        router = self.load(one=kind + HI.format("hi") + BYE).bot.router
        self.release(one=kind + HI.format("hi!") + DANCE)
        self.assertEqual(self.said(router), {"dance": "dances", "hi": "hi!"})

    def test_lambdas(self):
        """A lambda under a key runs its new code."""
        bot = self.load(one=DICT + "bot.commands['x'] = lambda: 1\n").bot
        self.release(one=DICT + "bot.commands['x'] = lambda: 2\n")
        self.assertEqual(self.said(bot), {"x": 2})
