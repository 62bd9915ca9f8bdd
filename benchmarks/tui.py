"""The application as a person meets it: through a real pseudo-terminal, fresh processes and all.

The parts are files beside this one, ``_tui_NAME.py``, each with a function
``measure(folder, rounds)`` as those of ``runs.py`` have.

    python benchmarks/tui.py [--only start,keys] [--rounds 5]
"""

from __future__ import annotations

import argparse
import importlib
import tempfile
from pathlib import Path
from typing import Any

from _side_by_side import report

from runs import together

PREFIX, NO_PARTS = "_tui_", {"terminal", "runs"}


def parts() -> list[str]:
    """Return the names of the parts."""
    found = {p.stem.removeprefix(PREFIX) for p in Path(__file__).parent.glob(f"{PREFIX}*.py")}
    return sorted(found - NO_PARTS)


def main() -> None:
    """Measure and print one JSON object."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", default="", metavar="PART,...", help=", ".join(parts()))
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    wanted = [name for name in options.only.split(",") if name] or parts()
    unknown = sorted(set(wanted) - set(parts()))
    if unknown:
        parser.error(f"no part {', '.join(unknown)}; there are {', '.join(parts())}")
    results: dict[str, dict[str, Any]] = {}
    for name in wanted:
        with tempfile.TemporaryDirectory() as folder:
            module = importlib.import_module(f"{PREFIX}{name}")
            results[name] = module.measure(Path(folder), options.rounds)
    known = ("figures", "ratios", "target")
    report(
        "the application through a pseudo-terminal of 120x36",
        together(results, "figures"),
        unit="s, unless the name says another",
        ratios=together(results, "ratios"),
        target="; ".join(f"{name}: {result['target']}" for name, result in results.items()),
        **{
            name: {key: value for key, value in result.items() if key not in known}
            for name, result in results.items()
        },
    )


if __name__ == "__main__":
    main()
