"""Twisted: connections, login, the realm, calls and timers."""
