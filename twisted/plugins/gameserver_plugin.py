"""Makes ``twistd gameserver`` known; must stay cheap to import."""

from twisted.application.service import ServiceMaker

gameserver = ServiceMaker(
    "gameserver",
    "gameserver.twistd",
    "Serves a game over Perspective Broker; avatars persist.",
    "gameserver",
)
