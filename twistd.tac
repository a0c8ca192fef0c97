"""``twistd -ny twistd.tac``: the server of this folder, settings in gameserver.toml."""

from twisted.application.service import Application

from gameserver.twistd import configured

application = Application("gameserver")
configured(None, {}).setServiceParent(application)
