"""Answer a shell that asks what could come next."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence

from paramdyn_tui.completing.scripts import FILES, VARIABLE
from paramdyn_tui.completing.words import candidates
from paramdyn_tui.safe_text import printable

BREAKS = " \t\n\"'@><=;|&(:"
"""Where bash splits words by default."""

OPEN = ("@", "=", ":", ",")
"""A candidate that ends so goes on."""


def answer(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> str:
    """Return the lines for the shell that ``environment`` names; nothing for an unknown one."""
    environment = os.environ if environment is None else environment
    shell = environment.get(VARIABLE, "")
    if shell == "bash":
        words, incomplete, quoted = split(environment.get("_PARAMDYN_LINE", ""))
        found = candidates(words[1:], incomplete)
        if quoted and len(found) == 1 and found[0].value.endswith(OPEN):
            # bash closes the quote after an only candidate: what may follow keeps it open
            found = candidates(words[1:], found[0].value) or found
        breaks = environment.get("_PARAMDYN_BREAKS", BREAKS)
        cut = 0 if quoted else replaced_from(incomplete, breaks)
        return _lines((c.value[0 if c.value == FILES else cut :], "") for c in found)
    if shell in ("zsh", "fish"):
        *words, incomplete = arguments or [""]
        if shell == "fish":
            incomplete = split(incomplete)[1]
        return _lines((c.value, c.help) for c in candidates(words, incomplete))
    return ""


def main() -> int:
    """Print the answer; the exit status is 0 also when there is none."""
    sys.stdout.write(answer(sys.argv[1:]))
    return 0


def split(line: str) -> tuple[list[str], str, bool]:
    """Return the words of a line, the one being typed, and whether a quote is open in it.

    As a shell does, but an open quote or a last backslash is no mistake.
    """
    words, word, quote, started = [], "", "", False
    characters = iter(line)
    for character in characters:
        if quote:
            if character == quote:
                quote = ""
            else:
                word += character
        elif character in "'\"":
            quote, started = character, True
        elif character == "\\":
            word += next(characters, "")
            started = True
        elif character in " \t\n":
            if started:
                words.append(word)
            word, started = "", False
        else:
            word += character
            started = True
    return words, word, bool(quote)


def replaced_from(word: str, breaks: str) -> int:
    """Return where in a word that part begins that bash replaces by a candidate.

    It begins after the last character that splits words; ``@`` itself belongs to it.
    """
    for index in range(len(word) - 1, -1, -1):
        if word[index] in breaks:
            return index if word[index] == "@" else index + 1
    return 0


def _lines(pairs: object) -> str:
    """Return one line a candidate; a name that no line can hold or no one can type is left out."""
    lines = []
    for value, about in pairs:  # type: ignore[attr-defined]
        if not value.isprintable():
            continue
        text = printable(" ".join(str(about).split()))
        lines.append(f"{value}\t{text}\n" if text else f"{value}\n")
    return "".join(lines)
