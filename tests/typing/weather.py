"""A service with state and a timer, and an avatar that subscribes to it."""

from gameserver import Avatar, Client, Service


class Weather(Service):
    """Rains every other minute."""

    is_raining: bool = False

    def started(self) -> None:
        """Begin to change."""
        self.every(60.0, "change")

    def change(self) -> None:
        """Turn the rain on or off, and tell whoever watches the sky."""
        self.is_raining = not self.is_raining
        self.clients.notify("rain", self.is_raining)


class Walker(Avatar):
    """Somebody out of doors."""

    def attached(self, client: Client) -> None:
        """Watch the sky."""
        self.realm.service("weather").subscribe(client)

    def perspective_is_raining(self) -> bool:
        """Look up."""
        return bool(self.realm.service("weather").is_raining)
