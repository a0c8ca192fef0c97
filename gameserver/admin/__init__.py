"""One admin API; the PB perspective and the CLI are faces of it."""
