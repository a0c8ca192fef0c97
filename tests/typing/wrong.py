"""What a type checker has to find."""

from gameserver import Avatar, Client, GameError


class Player(Avatar):
    """Makes one mistake in each method."""

    def attached(self, client: Client) -> None:
        """Misspell a method of a client."""
        client.notfy("welcome")

    def perspective_wait(self) -> None:
        """Give a timer its arguments the wrong way round."""
        self.every("tick", 1.0)

    def perspective_rename(self) -> None:
        """Set what is read-only."""
        self.name = "somebody"

    def perspective_refuse(self) -> None:
        """Forget the text."""
        raise GameError("no")
