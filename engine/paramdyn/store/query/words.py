"""The words of a filter: split at spaces, quotes respected, every character knows its position."""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTES = "\"'"
_QUOTED = "\0"
_SAFE = re.compile(r"[\w.*?+@/%^$()\[\]{}\\-]+")
_SAFE_VALUE = re.compile(r"[\w.*?+@/%^$()\[\]{}\\:-]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """One value.

    Attributes:
        text: What it says, without quotes.
        start: Position of its first character in the filter, counted from 1.
        is_quoted: Whether some of it stood in quotes.
    """

    text: str
    start: int
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        text: What it says, without quotes.
        plain: The same, with NUL for every character that stood in quotes: no operator is there.
        starts: Position of each character in the filter, counted from 1, and of the word's end.
    """

    text: str
    plain: str
    starts: tuple[int, ...]

    @property
    def start(self) -> int:
        """Position of its first character."""
        return self.starts[0]

    @property
    def is_bar(self) -> bool:
        """Whether it is the sign between two filters."""
        return self.plain in ("|", "||")

    def part(self, begin: int, end: int | None = None) -> Word:
        """Return the word from character ``begin`` to before ``end``."""
        last = len(self.text) if end is None else end
        return Word(self.text[begin:last], self.plain[begin:last], self.starts[begin : last + 1])

    def pieces(self) -> list[Piece]:
        """Return what commas and bars outside of quotes separate; empty ones are left out."""
        cuts = [i for i, character in enumerate(self.plain) if character in ",|"]
        edges = zip([-1, *cuts], [*cuts, len(self.text)], strict=True)
        parts = [self.part(before + 1, after) for before, after in edges]
        return [Piece(part.text, part.start, _QUOTED in part.plain) for part in parts if part.text]


def words_of(text: str) -> tuple[list[Word], int]:
    """Return the words, and the position of a quote that is not closed; 0 when all are.

    A bar at a word's start or end is a word of its own.
    """
    found: list[Word] = []
    characters: list[tuple[str, str, int]] = []
    quote, opened, inside = "", 0, False
    for position, character in enumerate(text, 1):
        if quote:
            if character == quote:
                quote = ""
            else:
                characters.append((character, _QUOTED, position))
        elif character in _QUOTES:
            quote, opened, inside = character, position, True
        elif character.isspace():
            found += _finished(characters, position) if characters or inside else []
            characters, inside = [], False
        else:
            characters.append((character, character.replace(_QUOTED, " "), position))
    if quote:
        return [], opened
    found += _finished(characters, len(text) + 1) if characters else []
    return found, 0


def quoted(text: str, *, bare: bool = False) -> str:
    """Return a value as a filter writes it, in quotes where it needs them.

    Args:
        text: The value, not empty.
        bare: It stands alone as a word: a leading ``-``, ``and`` and ``or`` need quotes too.
    """
    if bare:
        word = text[0] != "-" and text.lower() not in ("and", "or")
        is_plain = word and _SAFE.fullmatch(text) is not None
    else:
        is_plain = _SAFE_VALUE.fullmatch(text) is not None
    if is_plain:
        return text
    parts = re.findall(r"[^\"]+|\"+", text)
    return "".join(f"'{part}'" if part[0] == '"' else f'"{part}"' for part in parts)


def _finished(characters: list[tuple[str, str, int]], end: int) -> list[Word]:
    if not characters:
        return []
    texts, plains, starts = zip(*characters, strict=True)
    word = Word("".join(texts), "".join(plains), (*starts, end))
    if word.is_bar:
        return [word]
    before = len(word.plain) - len(word.plain.lstrip("|"))
    after = len(word.plain.rstrip("|"))
    parts = [word.part(0, before), word.part(before, after), word.part(after)]
    return [part for part in parts if part.text]
