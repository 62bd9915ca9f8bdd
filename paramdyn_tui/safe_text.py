"""Text from anywhere made fit for a terminal: no character of it moves the cursor or hides another.

Names of folders, runs, layers, classes and plug-ins, log lines and reasons come from disk, and may
hold escape sequences, newlines, or marks that turn the direction of writing around.
"""

from __future__ import annotations

import re

SGR = re.compile(r"\x1b\[[0-9;]*m")
"""A sequence that changes colour or weight, the only kind that paramdyn draws pictures with."""

_LIKENESS = {"…": "~", "‖": "|", "θ": "w", "Δ": "d", "Σ": "S", "·": ".", "╌": "-", "±": "+"}
_LIKENESS |= {"→": ">"} | dict(zip("●▲■◆✚▼○△□◇", "o^#*+v@%&=", strict=True))
_LIKENESS |= dict(zip("▁▂▃▄▅▆▇█", "_.-=+*#@", strict=True)) | {"░": "."}
_LIKENESS |= dict.fromkeys("│┤├┊", "|") | dict.fromkeys("─━", "-") | dict.fromkeys("┬┴┼└┌┐┘", "+")
_LIKENESS |= dict.fromkeys("╭╮╰╯┏┓┗┛", "+") | dict.fromkeys("┃╎", "|")
_LIKENESS |= dict(zip("▸▾◂▌◉◌◍✔✖≈", ">v<>@.ovx~", strict=True))
_LIKENESS |= dict(zip("⏎∅␣⇧↑↓←°∇", "~0_^^v<'V", strict=True))
_LIKENESS |= {chr(code): "." for code in range(0x2801, 0x2900)} | {"\u2800": " "}


def printable(text: str) -> str:
    r"""Return one line that is safe to print; what is not stands in it as Python writes it.

    >>> printable("a\x1b[2J\nb"), printable("résumé")
    ('a\\x1b[2J\\nb', 'résumé')
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str, *, painted: bool = False) -> str:
    r"""Return lines that are safe to print.

    Args:
        text: Lines; their newlines stay.
        painted: Whether sequences that change colours stay as well. What came from elsewhere must
            have been made ``printable`` before it was painted.

    >>> printable_lines("a\n\x1b[1mb")
    'a\n\\x1b[1mb'
    """
    if not painted:
        return "\n".join(map(printable, text.split("\n")))
    parts = zip(SGR.split(text), [*SGR.findall(text), ""], strict=True)
    return "".join(printable_lines(part) + sequence for part, sequence in parts)


def to_ascii(text: str) -> str:
    """Return ``text`` with each character beyond ASCII replaced by one that resembles it.

    One character stays one; ``?`` stands for what resembles nothing.
    """
    return "".join(each if each < "\x7f" else _LIKENESS.get(each, "?") for each in text)


def encodable(text: str, encoding: str) -> str:
    r"""Return ``text`` with what ``encoding`` cannot hold replaced by what resembles it.

    What resembles nothing stands there as Python writes it, so that names stay apart.

    >>> encodable("█ ± é", "ascii"), encodable("█ ± é", "latin-1")
    ('@ + \\xe9', '@ ± é')
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(each if _holds(encoding, each) else _plain(each) for each in text)
    except LookupError:
        return encodable(text, "ascii")
    return text


def _holds(encoding: str, letter: str) -> bool:
    try:
        letter.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _plain(letter: str) -> str:
    return _LIKENESS.get(letter) or ascii(letter)[1:-1]


def _shown(letter: str) -> str:
    return letter if letter.isprintable() else ascii(letter)[1:-1]
