"""``gameserver demo``: the verb, without logic."""

from __future__ import annotations

import sys
from typing import Any

import click

from gameserver.demo.playing import Play, play_all
from gameserver.demo.stage import Stage
from gameserver.demo.tour import TOUR
from gameserver.demo.transcript import Transcript
from gameserver.reacting import result_of
from gameserver.server.monotonic import use_monotonic_clock

_SLOW = 1.2  # seconds after each act


@click.command()
@click.option("--slow", is_flag=True, help="Take the time to read along.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON at the end.")
@click.option("--keep", is_flag=True, help="Leave the folder there, with the log.")
def demo(*, slow: bool, as_json: bool, keep: bool) -> None:
    """Watch a game being changed while two players play it.

    Starts a server of its own with a copy of Lantern Keep, in a folder that is gone
    at the end. Exit code 1 at the first step that does not hold.
    """
    from twisted.internet import reactor as chosen

    use_monotonic_clock(chosen)
    transcript = Transcript(sys.stdout, as_json=as_json)

    async def work(reactor: Any) -> bool:  # noqa: ANN401 - any reactor
        await stage.start(reactor)
        pace = _SLOW if slow else 0.0
        return await play_all(TOUR, Play(stage, transcript, reactor, pace))

    with Stage(keep=keep) as stage:
        holds = result_of(work)
    if keep:
        click.echo(f"kept: {stage.folder}", err=True)
    sys.exit(0 if holds else 1)
