"""Filters over runs: ``model=resnet18 val.acc>.8 -perturb=none seed=0-3 status=finished,stopped``.

Terms side by side must all hold; `` | `` with spaces separates alternatives. A term is
``key OPERATOR value``, with ``=`` (or ``:``), ``!=``, ``<``, ``<=``, ``>``, ``>=``, or ``~`` for a
regular expression; ``has:key``; or a bare word, part of a run's id. ``-`` or ``!`` before a term
turns it around. Values of ``=`` and ``!=`` may be several, ``a,b`` or ``a|b``; patterns, ``res*``;
ranges, ``0-3``, ``.5..`` and ``..2k``; ``none`` for what is not there. Quotes keep spaces, commas
and operators together. A comparison with what a run does not have never holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import Any

from paramdyn.errors import QueryError
from paramdyn.store.query.keys import Key, UnknownKey, Vocabulary
from paramdyn.store.query.values import BadValue, Test, compares, equals, searches
from paramdyn.store.query.words import Piece, Word, quoted, words_of
from paramdyn.store.run_summary import RunSummary

HAS, PART = "has", "part"
"""The operators of ``has:key`` and of a bare word, which have no sign of their own."""

_OPERATOR = re.compile(r"==|=~|<=|>=|!=|<|>|=|~|:")
_MEANT = {"==": "=", "=~": "~", ":": "="}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition.

    Attributes:
        key: Canonical name of what is asked about; empty for a bare word and ``has``.
        operator: ``=``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, ``~``, ``HAS`` or ``PART``.
        values: What it is compared with; one of them must do.
        negated: Whether the runs are meant for which it does not hold.
        holds: Tells whether it holds for a run, negation apart.
    """

    key: str
    operator: str
    values: tuple[str, ...]
    negated: bool = False
    holds: Callable[[RunSummary], bool] = field(
        default=lambda run: False,  # noqa: ARG005 - replaced by the parser
        compare=False,
        repr=False,
    )

    def matches(self, run: RunSummary) -> bool:
        """Tell whether a run is meant."""
        return self.holds(run) is not self.negated


@dataclass(frozen=True, slots=True)
class Query:
    """A filter that was read.

    Attributes:
        groups: A run is meant when all terms of one of these match. None at all: every run.
    """

    groups: tuple[tuple[Term, ...], ...] = ()

    def matches(self, run: RunSummary) -> bool:
        """Tell whether a run is meant."""
        if not self.groups:
            return True
        return any(all(term.matches(run) for term in terms) for terms in self.groups)

    def select(self, runs: Iterable[RunSummary]) -> list[RunSummary]:
        """Return the runs that are meant, in their order."""
        return [run for run in runs if self.matches(run)]


def parse_query(
    text: str, rows: Sequence[RunSummary] = (), *, vocabulary: Vocabulary | None = None
) -> Query:
    """Return the filter that a text describes; an empty text means every run.

    Args:
        text: The filter.
        rows: The runs it is for: their metrics and options are keys as well.
        vocabulary: The keys, where the caller has them already.

    Raises:
        QueryError: Unknown or ambiguous keys, values that do not fit, bad regular expressions,
            quotes that are not closed: all of them, each with its position, counted from 1.
    """
    parser = _Parser(vocabulary or Vocabulary(rows))
    query = parser.query(text)
    if parser.problems:
        raise QueryError(parser.problems)
    return query


def format_query(query: Query) -> str:
    """Return a text from which ``parse_query`` makes an equal query."""
    return " | ".join(" ".join(map(_written, terms)) for terms in query.groups)


def _written(term: Term) -> str:
    values = ",".join(map(quoted, term.values))
    sign = "-" if term.negated else ""
    if term.operator == PART:
        return f"{sign}{quoted(term.values[0], bare=True)}"
    if term.operator == HAS:
        return f"{sign}has:{values}"
    return f"{sign}{term.key}{term.operator}{values}"


class _Parser:
    """Reads one filter and collects what is wrong with it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.problems: list[str] = []

    def query(self, text: str) -> Query:
        words, unclosed = words_of(text)
        if unclosed:
            self._problem(unclosed, "this quote is not closed. Close it, or leave it out.")
            return Query()
        groups = []
        for is_bar, group in groupby(words, key=lambda word: word.is_bar):
            if not is_bar:
                terms = [self._term(word) for word in group]
                groups.append(tuple(term for term in terms if term is not None))
        bars = [word for word in words if word.is_bar]
        doubled = any(a.is_bar and b.is_bar for a, b in pairwise(words))
        if bars and (doubled or words[0].is_bar or words[-1].is_bar):
            place = bars[0].start
            self._problem(place, "'|' stands between two filters; one of them is missing.")
        return Query(tuple(groups))

    def _problem(self, position: int, text: str) -> None:
        self.problems.append(f"filter, character {position}: {text}")

    def _term(self, word: Word) -> Term | None:
        body, negated = word, False
        if word.plain[:1] in ("-", "!"):
            body, negated = word.part(1), True
        found = _OPERATOR.search(body.plain)
        if not body.text:
            self._problem(word.start, f"'{word.text}' stands alone. Put it before a term.")
            return None
        if found is None:
            return self._bare(body, negated)
        key, operator = body.text[: found.start()], _MEANT.get(found[0], found[0])
        value = body.part(found.end())
        if not value.text:
            text = f"'{body.text}' has no value. Write one, or none for what is not there."
            self._problem(value.start, text)
            return None
        if key.lower() == HAS and operator == "=":
            return self._has(value, negated)
        return self._comparison(body, key, operator, value, negated)

    def _bare(self, word: Word, negated: bool) -> Term | None:
        if word.plain.lower() in ("and", "or"):
            sign = "'|' for or" if word.plain.lower() == "or" else "terms side by side for and"
            self._problem(word.start, f"'{word.text}' is no operator. Write {sign}, or quote it.")
            return None
        part = word.text.lower()
        return Term("", PART, (word.text,), negated, lambda run: part in run.name.lower())

    def _has(self, value: Word, negated: bool) -> Term | None:
        getters: list[Callable[[RunSummary], Any]] = []
        for piece in value.pieces():
            metrics = self._vocabulary.metrics_of(piece.text.lower())
            if metrics:
                getters += [self._vocabulary.find(name).get for name in metrics]
            elif (key := self._key(piece.text, piece.start)) is not None:
                getters.append(key.get)
        values = tuple(piece.text for piece in value.pieces())
        return Term(
            "", HAS, values, negated, lambda run: any(get(run) is not None for get in getters)
        )

    def _comparison(
        self, word: Word, name: str, operator: str, value: Word, negated: bool
    ) -> Term | None:
        key = self._key(name, word.start)
        if key is None:
            return None
        pieces = [Piece(value.text, value.start, True)] if operator == "~" else value.pieces()
        if key.name == "perturb" and operator != "~":
            pieces = _with_options(pieces)
        if operator[0] in "<>" and len(pieces) > 1:
            self._problem(value.start, f"'{operator}' takes one value, found '{value.text}'.")
            return None
        tests = [test for piece in pieces if (test := self._test(key, operator, piece)) is not None]
        values = tuple(piece.text for piece in pieces)
        return Term(key.name, operator, values, negated, _predicate(key, operator, tests))

    def _key(self, name: str, position: int) -> Key | None:
        try:
            return self._vocabulary.find(name)
        except UnknownKey as error:
            self._problem(position, str(error) if name else "a key is missing before the operator.")
            return None

    def _test(self, key: Key, operator: str, piece: Piece) -> Test | None:
        if not piece.is_quoted and self._is_term(piece.text):
            text = f"'{piece.text}' looks like a term of its own. Write ' | ' with spaces, or quote"
            self._problem(piece.start, f"{text} it.")
            return None
        try:
            if operator == "~":
                return searches(piece.text)
            if operator[0] in "<>":
                return compares(key, operator, piece.text)
            return equals(key, piece.text)
        except BadValue as error:
            self._problem(
                piece.start, f"{key.name}: {error}{'' if str(error).endswith('?') else '.'}"
            )
            return None

    def _is_term(self, text: str) -> bool:
        found = re.match(r"[-!]?(\w[\w./]*)(?:[<>=~]|!=)", text)
        return found is not None and self._vocabulary.knows(found[1])


def _with_options(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with ``layers=conv*`` put back behind the perturbation it belongs to."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and re.match(r"\w+=", piece.text):
            joined[-1] = Piece(f"{joined[-1].text},{piece.text}", joined[-1].start)
        else:
            joined.append(piece)
    return joined


def _predicate(key: Key, operator: str, tests: list[Test]) -> Callable[[RunSummary], bool]:
    get = key.get
    if operator == "!=":

        def differs(run: RunSummary) -> bool:
            value = get(run)
            known = value is not None or key.blank
            return known and not any(test(value) for test in tests)

        return differs
    if len(tests) == 1:
        [only] = tests
        return lambda run: only(get(run))

    def answers(run: RunSummary) -> bool:
        value = get(run)
        return any(test(value) for test in tests)

    return answers
