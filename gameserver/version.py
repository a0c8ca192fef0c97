"""The product and its version, said in one place."""

PRODUCT = "gameserver"
VERSION = "0.1.0"
