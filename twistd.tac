"""``twistd -ny twistd.tac``: the server of this folder, settings in gameserver.toml."""

from twisted.application.service import Application

from gameserver.config import load
from gameserver.twistd import service

application = Application("gameserver")
service(load(None, {})).setServiceParent(application)
