"""A check that a plugin of a test imports, which does not make it the plugin's own."""


def check_elsewhere() -> bool:
    """Fail, if anybody should call it."""
    return False
