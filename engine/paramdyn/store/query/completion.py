"""What a filter that is being typed can go on with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from paramdyn.store.query.keys import (
    DATE,
    DURATION,
    FLAG,
    NUMBER,
    STATUS,
    Key,
    UnknownKey,
    Vocabulary,
)
from paramdyn.store.query.values import GROUPS, NONE, shown
from paramdyn.store.query.words import quoted
from paramdyn.store.run_summary import STATUSES, RunSummary

_MOST = 50
_WORD = re.compile(r"([-!]?)(\w[\w./]*?)(<=|>=|!=|<|>|=|~|:)(.*)", re.DOTALL)
_ORDERED = (NUMBER, DURATION, DATE)


def complete_query(text: str, rows: Sequence[RunSummary]) -> list[str]:
    """Return what the last word of a filter can become, whole words, likely ones first.

    A word without an operator becomes a key with one, or the id of a run that it is part of; a
    value becomes one that the runs have. A word that ends in an operator or a comma wants more.

    Args:
        text: The filter so far; after a space a word begins.
        rows: The runs it is for.
    """
    last = "" if not text or text[-1].isspace() else text.rsplit(maxsplit=1)[-1]
    vocabulary = Vocabulary(rows)
    found = _WORD.fullmatch(last)
    if found is None:
        return _keys(last, vocabulary, rows)
    sign, name, operator, value = found.groups()
    start, comma, begun = value.rpartition(",")
    head = f"{sign}{name}{operator}{start}{comma}"
    if name.lower() == "has":
        return [f"{head}{key}" for key in vocabulary.names() if key.startswith(begun.lower())]
    try:
        key = vocabulary.find(name)
    except UnknownKey:
        return []
    return [f"{head}{quoted(each)}" for each in _values(key, rows) if _begins(each, begun)]


def _keys(word: str, vocabulary: Vocabulary, rows: Sequence[RunSummary]) -> list[str]:
    sign = word[:1] if word[:1] in ("-", "!") else ""
    begun = word[len(sign) :].lower()
    names = vocabulary.names()
    starting = [name for name in names if name.startswith(begun)]
    inside = [name for name in names if name not in starting and f".{begun}" in f".{name}"]
    keys = [f"{sign}{name}{_operator(vocabulary.find(name))}" for name in [*starting, *inside]]
    if "has:".startswith(begun):
        keys.append(f"{sign}has:")
    ids = [f"{sign}{run.name}" for run in rows if begun and begun in run.name.lower()]
    return [*keys, *ids[:_MOST]]


def _operator(key: Key) -> str:
    return ">=" if key.kind in _ORDERED and not key.name.startswith("seed") else "="


def _values(key: Key, rows: Sequence[RunSummary]) -> list[str]:
    """Return the values that runs have, the most frequent one first, and the words for others."""
    if key.kind == DURATION:
        return ["1h", "1d", "1w"]
    counts: Counter[str] = Counter()
    for run in rows:
        value = key.get(run)
        for each in value if isinstance(value, list) else [value]:
            if each is not None:
                counts[shown(each)[:10] if key.kind == DATE else shown(each)] += 1
    words = [word for word, _ in counts.most_common(_MOST)]
    if key.kind == STATUS:
        words += [word for word in (*STATUSES, *GROUPS) if word not in counts]
    if key.kind == FLAG:
        words += [word for word in ("true", "false") if word not in counts]
    return [*words, NONE] if key.blank and NONE not in counts else words


def _begins(value: str, begun: str) -> bool:
    return value.lower().startswith(begun.strip("\"'").lower())
