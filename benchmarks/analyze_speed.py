"""How long and how much memory `paramdyn analyze` needs for what it computes itself.

The parts are files beside this one, ``_analyze_NAME.py``, each with a function
``measure(images, rounds)`` that returns ``figures`` (variant -> figures of the rounds), ``ratios``
(name -> paired ratios), ``target``, and whatever else is worth saying. All run one after another
and are reported together.

    python benchmarks/analyze_speed.py [--only cka,matching] [--images 10000] [--rounds 3]
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from _side_by_side import report

PREFIX = "_analyze_"


def parts() -> list[str]:
    """Return the names of the parts."""
    found = Path(__file__).parent.glob(f"{PREFIX}*.py")
    return sorted(path.stem.removeprefix(PREFIX) for path in found)


def together(results: Mapping[str, Mapping[str, Any]], key: str) -> dict[str, Any]:
    """Return what all parts have under ``key``, each name with its part before it."""
    return {
        f"{part}: {name}": value
        for part, result in results.items()
        for name, value in result[key].items()
    }


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="PART,...", help=", ".join(parts()))
    parser.add_argument(
        "--images",
        type=int,
        default=1000,
        help="images for CKA; the claim is about 10,000, which take the loop of hooks minutes",
    )
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    wanted = [name for name in options.only.split(",") if name] or parts()
    unknown = sorted(set(wanted) - set(parts()))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(parts())}")
    results: dict[str, dict[str, Any]] = {
        name: importlib.import_module(f"{PREFIX}{name}").measure(options.images, options.rounds)
        for name in wanted
    }
    known = ("figures", "ratios", "target")
    report(
        "analyses: similarity of all layers, matching of features, alignment of large networks",
        together(results, "figures"),
        unit="s",
        ratios=together(results, "ratios"),
        target="; ".join(f"{name}: {result['target']}" for name, result in results.items()),
        **{
            name: {key: value for key, value in result.items() if key not in known}
            for name, result in results.items()
        },
    )


if __name__ == "__main__":
    main()
