"""Other ways to call a Python server: the same two calls, each with its own client."""
