"""An avatar with state, a migration and a call that finds somebody else."""

from gameserver import Avatar, Client, State, migration


class Neighbour(Avatar):
    """Greets the others and counts it."""

    version = 2
    max_clients = 3
    when_full = "replace_oldest"
    greeted: int = 0
    friends: list[str] = []

    def attached(self, client: Client) -> None:
        """Welcome one window."""
        client.notify("welcome", self.name, self.greeted)

    async def perspective_greet(self, other: str) -> int:
        """Greet somebody, who is loaded if need be."""
        friend = await self.realm.find(other)
        friend.clients.notify("greeted_by", self.name)
        self.greeted += 1
        return self.greeted

    async def perspective_poll(self) -> list[str]:
        """Ask every window of everybody online for its mood."""
        moods: list[str] = []
        for avatar in self.realm.online:
            answers = await avatar.clients.call("mood", timeout=2.0)
            moods += [str(mood) for mood in answers.values()]
        return moods


@migration(Neighbour, to=2)
def add_friends(state: State) -> State:
    """Begin with no friends."""
    return {**state, "friends": []}
