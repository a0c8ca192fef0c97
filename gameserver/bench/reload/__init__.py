"""What a release costs who plays, beside a restart and a stock server's rebuild."""
