"""Makes ``twistd gameserver`` known; must stay cheap to import."""

from twisted.application.service import ServiceMaker

gameserver = ServiceMaker(
    "gameserver",
    "gameserver.twistd",
    "A game server that never has to go down.",
    "gameserver",
)
