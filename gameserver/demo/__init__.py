"""Lantern Keep's tour: a game is changed while two players play it, step by step.

``tour`` has the steps as data, ``acts`` is what a step is made of, ``stage`` the server
process and its folder, ``players`` the two connected clients, ``transcript`` what is
printed, ``playing`` goes through it all.
"""
