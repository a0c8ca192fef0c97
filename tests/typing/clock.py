"""PB's classic example, as an author of this server writes it."""

from gameserver import Avatar, Client, GameError


class Clock(Avatar):
    """Tells its mind the time every so many seconds, while anybody listens."""

    period: float = 1.0
    beats: int = 0

    def attached(self, client: Client) -> None:
        """Begin with the first window."""
        if len(self.clients) == 1:
            self.every(self.period, "tell_time")

    def detached(self, client: Client) -> None:
        """Stop at the last logout."""
        if not self.clients:
            self.cancel("tell_time")

    def perspective_setperiod(self, seconds: float) -> None:
        """Tell the time every so many seconds from now on."""
        if seconds <= 0:
            raise GameError("bad-period", "a period is more than 0 seconds")
        self.period = seconds
        self.every(seconds, "tell_time")

    def tell_time(self) -> None:
        """Tell every window which beat it is."""
        self.beats += 1
        self.clients.notify("time", self.beats)
