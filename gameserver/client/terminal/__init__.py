"""The terminal client: what ``gameserver play`` does, at a prompt or in a pipe."""

from gameserver.client.terminal.options import PlayOptions
from gameserver.client.terminal.play import play, run_play

__all__ = ["PlayOptions", "play", "run_play"]
