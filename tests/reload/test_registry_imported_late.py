"""Who imports a registry first does not decide whether an entry goes with its line."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from tests.reload.engines import EngineCase

BOTS = (
    """
class Bot:
    def __init__(self): self.commands = {}
    def command(self, f):
        self.commands[f.__name__] = f
        return f
bot = Bot()
""",
    """
class Bot:
    def __init__(self): self.commands = []
    def command(self, f):
        self.commands.append(f)
        return f
bot = Bot()
""",
    """
class Bot(dict):
    def command(self, f):
        self[f.__name__] = f
        return f
bot = Bot()
bot.commands = bot
""",
    """
class Bot:
    def __init__(self): self.by_kind = {}
    @property
    def commands(self): return self.by_kind.get('all', [])
    def command(self, f):
        self.by_kind.setdefault('all', []).append(f)
        return f
bot = Bot()
""",
)
BYE = "@bot.command\ndef bye(): return 'bye'\n"
USER = "from worlds.lib import bot\n@bot.command\ndef hi(): return 'hi'\n"


class LateRegistryTests(EngineCase):
    """The module with the registry is loaded while the plugin's text runs."""

    def names(self, bot: Any) -> list[str]:
        """Give the names of a bot's commands."""
        found = list(bot.commands)
        return sorted(one if type(one) is str else one.__name__ for one in found)

    def test_object_imported_first_by_plugin(self):
        """A dropped command goes, in the first release and in later ones."""
        for lib in BOTS:
            for first in ({"lib": lib}, {}):
                self.setUp()
                self.write(lib=lib)
                self.load(**first, user=USER + BYE)
                bot = sys.modules["worlds.lib"].bot
                self.assertEqual(self.names(bot), ["bye", "hi"])
                self.release(user=USER)
                self.assertEqual(self.names(bot), ["hi"])
                self.release(user=USER + BYE)
                self.release(user=USER)
                self.assertEqual(self.names(bot), ["hi"])
                self.doCleanups()

    def test_owners_own_entries_stay(self):
        """What the registry's own text, or one between, entered is not the plugin's."""
        lib = BOTS[0] + "@bot.command\ndef help(): pass\n"
        between = USER.replace("hi", "wave")
        self.write(lib=lib, between=between)
        text = "import worlds.between\n" + USER
        self.load(user=text + BYE)
        bot = sys.modules["worlds.lib"].bot
        self.release(user=text)
        self.assertEqual(self.names(bot), ["help", "hi", "wave"])
        self.release(user="from worlds.lib import bot\n")
        self.assertEqual(self.names(bot), ["help", "wave"])
        self.release(between="from worlds.lib import bot\n")
        self.assertEqual(self.names(bot), ["help"])

    def test_failed_import_between(self):
        """An import that failed leaves no trace in what is known of later ones."""
        self.write(lib=BOTS[0], bad="import worlds.lib\n1 / 0\n")
        with self.assertRaises(ZeroDivisionError):
            __import__("worlds.bad")
        del self.texts["worlds.bad"]
        self.load(user=USER + BYE)
        self.release(user=USER)
        self.assertEqual(self.names(sys.modules["worlds.lib"].bot), ["hi"])

    def test_loaded_before_the_engine(self):
        """What was loaded before the engine is known by whose functions it holds."""
        self.engine.uninstall()
        for name, text in (("lib", BOTS[0]), ("user", USER + BYE)):
            self.write(**{name: text})
            module = ModuleType(f"worlds.{name}")
            sys.modules[module.__name__] = module
            exec(text, vars(module))  # noqa: S102 - as an import long ago
        self.engine.install()
        bot = sys.modules["worlds.lib"].bot
        self.release(lib=BOTS[0] + "#\n", user=USER + BYE + "#\n")
        self.release(user=USER)
        self.assertEqual(self.names(bot), ["hi"])
