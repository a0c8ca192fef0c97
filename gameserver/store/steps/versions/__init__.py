"""One file for each step, in order; ``revision`` is its number in four digits."""
