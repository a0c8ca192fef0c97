"""Reading what people type, and writing lists and refusals."""

from collections.abc import Iterable, Sequence

from gameserver import GameError

from . import rules, text

SMALL_WORDS = {"a", "an", "the", "my", "some", "to", "at"}


def clean(words: str) -> str:
    """Give the words on one line, without anything a terminal would obey."""
    return "".join(c for c in " ".join(words.split()) if c.isprintable())


def plain(wish: str) -> str:
    """Give the words that matter, in lower case: ``The  Sword`` is ``sword``."""
    spoken = clean(wish).casefold().split()
    return " ".join([word for word in spoken if word not in SMALL_WORDS] or spoken)


def match(wish: str, names: Iterable[str]) -> str | None:
    """Give the name that is meant, or None.

    The whole name wins over its beginning, and that over the beginning of any of its
    words: ``potion`` finds ``red potion``. Of several, the first one is meant.
    """
    wanted = plain(wish)
    known = [(name, plain(name)) for name in names]
    if not wanted:
        return None
    for name, spelled in known:
        if spelled == wanted:
            return name
    for name, spelled in known:
        if spelled.startswith(wanted):
            return name
    for name, spelled in known:
        if any(word.startswith(wanted) for word in spelled.split()):
            return name
    return None


def speech(words: str) -> str:
    """Give what is said or shouted; silence and endless talk are refused."""
    spoken = clean(words)
    if not spoken:
        raise GameError("silence", text.NO_SPEECH)
    if len(spoken) > rules.LONGEST_SPEECH:
        raise refusal("too-long", text.LONG_SPEECH, longest=rules.LONGEST_SPEECH)
    return spoken


def refusal(code: str, line: str, *, wish: str = "", **words: object) -> GameError:
    """Make the error that tells a player what is wrong and what to do instead."""
    return GameError(code, line.format(wish=clean(wish)[:40], **words))


def with_article(name: str) -> str:
    """Give ``an oil cask`` for ``oil cask``."""
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def listed(parts: Sequence[str]) -> str:
    """Give ``a sword, a shield and a potion`` for its parts; ``nothing`` for none."""
    if not parts:
        return "nothing"
    if len(parts) == 1:
        return parts[0]
    return f"{', '.join(parts[:-1])} and {parts[-1]}"
