"""What durability costs: the store alone, calls through PB, memory and the start."""
