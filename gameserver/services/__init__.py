"""Twisted: what runs beside the calls, such as saving what changed."""
