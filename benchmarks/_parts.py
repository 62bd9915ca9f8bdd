"""The front of a benchmark that has parts: files beside it, each about one thing.

``_PREFIX_NAME.py`` has a function ``measure`` that returns ``figures`` (variant -> figures of the
rounds), ``ratios`` (name -> paired ratios), ``target``, and whatever else is worth saying. All run
one after another and are reported together.
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from _side_by_side import report

KNOWN = ("figures", "ratios", "target")
Measure = Callable[..., dict[str, Any]]
Part = Callable[[Measure], dict[str, Any]]
"""Calls a part's function with what it needs."""


def parts(prefix: str, but: Collection[str] = ()) -> list[str]:
    """Return the names of the parts."""
    found = {path.stem.removeprefix(prefix) for path in Path(__file__).parent.glob(f"{prefix}*.py")}
    return sorted(found - set(but))


def arguments(
    about: str | None, prefix: str, *, rounds: int, but: Collection[str] = ()
) -> argparse.ArgumentParser:
    """Return a parser of ``--only`` and ``--rounds``, for options to be added."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n")[0])
    names = ", ".join(parts(prefix, but))
    parser.add_argument("--only", default="", metavar="PART,...", help=names)
    parser.add_argument("--rounds", type=int, default=rounds)
    return parser


def chosen(parser: argparse.ArgumentParser, only: str, names: list[str]) -> list[str]:
    """Return the parts that were asked for; end with the parser's words if one is unknown."""
    wanted = [name for name in only.split(",") if name] or names
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(names)}")
    return wanted


def in_a_folder(rounds: int) -> Part:
    """Return what gives a part a folder of its own, and how many rounds there are."""

    def call(measure: Measure) -> dict[str, Any]:
        with tempfile.TemporaryDirectory() as folder:
            return measure(Path(folder), rounds)

    return call


def measure_parts(prefix: str, wanted: list[str], call: Part, *, claim: str, unit: str) -> None:
    """Measure parts one after another, and print one JSON object."""
    results = {name: call(importlib.import_module(f"{prefix}{name}").measure) for name in wanted}
    report(
        claim,
        together(results, "figures"),
        unit=unit,
        ratios=together(results, "ratios"),
        target="; ".join(f"{name}: {result['target']}" for name, result in results.items()),
        **{
            name: {key: value for key, value in result.items() if key not in KNOWN}
            for name, result in results.items()
        },
    )


def together(results: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    """Return what all parts have under ``key``, each name with its part before it."""
    return {
        f"{part}: {name}": value
        for part, result in results.items()
        for name, value in result[key].items()
    }
