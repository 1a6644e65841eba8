"""Text that comes from files, fit for a terminal and for a person: names can hold anything, and be of any length."""

_LONGEST = 300  # characters of a sentence
_HEAD, _MARK, _TAIL = 198, " … ", 99


def printable(text: object) -> str:
    """The text with everything that a terminal obeys or does not show escaped, as in Python's string literals."""
    shown = str(text)
    if shown.isprintable():
        return shown
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in shown)


def sentence(text: object) -> str:
    """The text as one printable line of at most 300 characters, cut in the middle: the end often says what to do."""
    return _cut(printable(" ".join(_cut(str(text)).split())))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_HEAD]}{_MARK}{text[-_TAIL:]}"
