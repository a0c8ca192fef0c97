"""What hostile bytes cost others: an honest player's longest wait beside them."""
