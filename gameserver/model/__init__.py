"""What avatars, services and calls are, without clock, socket or file."""
