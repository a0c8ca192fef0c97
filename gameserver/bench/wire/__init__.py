"""What the wire and the way of a call cost, beside stock PB and other protocols."""
