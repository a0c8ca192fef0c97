"""Library adapters, one file each; see ``gameserver.reload.adapter``."""
