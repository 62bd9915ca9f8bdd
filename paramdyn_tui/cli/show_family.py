"""What ``show`` prints about the relatives of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from paramdyn_tui.cli import output


def print_family(facts: Mapping[str, Any]) -> None:
    """Print what a run descends from, its controls, those it lacks, and its children.

    Args:
        facts: As ``show.page_facts`` returns them.
    """
    above = [
        f"{item['run']}@{item['step']}"
        + (f", then {item['perturbations']}" if item["perturbations"] else "")
        + ("" if item["found"] else " (not in this folder)")
        for item in facts["ancestors"]
    ]
    below = [
        [item["run"], item["status"], f"from step {item['step']}", item["arm"], changed]
        for item in facts["children"]
        for changed in [item["perturbations"]]
    ]
    beside = [[item["arm"], item["run"], item["status"]] for item in facts["controls"]]
    shown = {
        "from": "\n".join(above),
        "arm": facts.get("arm", ""),
        "control of": facts.get("control_of", ""),
        "controls": _few(beside),
        "missing": ", ".join(facts["missing_controls"]),
        "children": _few(below),
    }
    if any(shown.values()):
        output.result()
        output.fields(shown)


def _few(rows: Sequence[Sequence[str]], most: int = 12) -> str:
    if not rows:
        return ""
    lines = output.aligned(rows[0], rows[1:]).split("\n")
    rest = [f"and {len(lines) - most} more: --json has all"] if len(lines) > most else []
    return "\n".join([*lines[:most], *rest])
