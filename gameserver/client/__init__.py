"""GameClient, a library of its own, and the terminal client built on it."""
