"""Twisted's side of the wire: Perspective Broker that reads and writes by ``wire``."""
