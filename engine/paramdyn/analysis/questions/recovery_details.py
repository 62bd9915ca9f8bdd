"""Per seed: who was compared, what was perturbed, which barriers; and the pictures."""

from __future__ import annotations

import numpy as np

from paramdyn.analysis.answer import Bars, Cell, Curve, Curves, Picture, Table
from paramdyn.analysis.perturbed import Recovery, SeedRecovery
from paramdyn.analysis.questions.recovery_columns import BARRIERS, MEMBERS, PERTURBED, SEEDS
from paramdyn.analysis.questions.recovery_tables import ROWS, over_seeds, sound_seeds
from paramdyn.analysis.tabulating import tabulated
from paramdyn.specs.controls import TWIN

_LINES = (
    "Lines are measured on the first 2,000 test images at most. Statistics of batch "
    "normalisation, where there are any: on the line too, reset on training images, or of each "
    "batch of 500."
)
FEWEST_POINTS = 3
"""Distances over time that are drawn as a curve: two would be a line that nobody measured."""


def detail_tables(recovery: Recovery, mark: str) -> list[Table]:
    """Return the tables that have a row a seed; with one seed who was compared is no detail.

    Args:
        recovery: What was measured.
        mark: Ends the tables' names, to tell recipes apart.
    """
    of = f" ({recovery.label})" if recovery.label else ""
    several = len(recovery.seeds) > 1
    tables = [
        Table(f"members{mark}", f"Who was compared{of}", MEMBERS, _member_rows(recovery),
              detail=several),
        Table(f"perturbation{mark}", f"What float32 kept of the perturbation{of}", PERTURBED,
              [_perturbed(each) for each in recovery.seeds], detail=several),
        Table(f"seeds{mark}", f"Each seed{of}", SEEDS, [_seed_row(s) for s in recovery.seeds],
              note="d0 to d3 stand beside every distance; symbols as in --explain.", detail=True),
    ]  # fmt: skip
    rows = [row for each in recovery.seeds for row in _barrier_rows(each)]
    if rows:
        tables.append(
            tabulated(f"barriers{mark}", f"Barriers{of}", BARRIERS, rows, note=_LINES, detail=True)
        )
    return tables


def pictures_of(recovery: Recovery, mark: str) -> list[Picture]:
    """Return the pictures of one recipe: distances beside their references, and over time."""
    seeds = sound_seeds(recovery)
    of = f" ({recovery.label})" if recovery.label else ""
    found: list[Picture] = []
    lengths = {
        "child": over_seeds(seeds, lambda s: s.raw(TWIN, "child")),
        "child, modulo symmetry": over_seeds(seeds, lambda s: s.modulo(TWIN, "child")),
        "d0 re-run": over_seeds(seeds, lambda s: s.d0),
        "d1 other order": over_seeds(seeds, lambda s: s.d1),
        "d2 independent": over_seeds(seeds, lambda s: s.d2),
        "d3, modulo symmetry": over_seeds(seeds, lambda s: s.d3),
    }
    if any(value is not None for value in lengths.values()):
        found.append(
            Bars(f"references{mark}", f"Distance to the control{of}", list(lengths),
                 {"distance": list(lengths.values())}, "L2 over all parameters",
                 nulls=list(lengths)[2:])
        )  # fmt: skip
    curves = [curve for each in seeds for curve in _curves(each, several=len(seeds) > 1)]
    if curves:
        title = f"Distance to the control while both train{of}"
        found.append(Curves(f"growth{mark}", title, "step", "distance", curves, log_y=True))
    return found


def notes_of(recovery: Recovery) -> list[str]:
    """Return what a picture would need that is not there."""
    seeds = sound_seeds(recovery)
    if not seeds or any(_curves(each, several=False) for each in seeds):
        return []
    return [
        f"Distances while both train need {FEWEST_POINTS} snapshots or more of child and control: "
        "a line from a start to an end tells nothing of its way. --snapshots init,every:1,final "
        "keeps them."
    ]


def _curves(each: SeedRecovery, *, several: bool) -> list[Curve]:
    found = []
    for arm, growth in each.growths.items():
        y = np.array(growth.distances, dtype=np.float64)
        y[y == 0] = np.nan  # a logarithm has no place for it
        if np.isfinite(y).sum() >= FEWEST_POINTS:
            label = f"{arm}, seed {each.seed}" if several else arm
            steps = np.array(growth.steps, dtype=np.float64)
            found.append(Curve(label, steps, y, null=arm != "child"))
    return found


def _seed_row(each: SeedRecovery) -> dict[str, Cell]:
    return {
        "seed": each.seed,
        "child": each.child,
        "raw": each.raw(TWIN, "child"),
        "quotient": each.modulo(TWIN, "child"),
        "d0": each.d0,
        "d1": each.d1,
        "d2": each.d2,
        "d3": each.d3,
        "rho": each.rho,
        "q": each.q,
        "s": each.s,
        "f": each.f,
        "amplification": each.amplification,
        "return_index": each.return_index,
    }


def _member_rows(recovery: Recovery) -> list[dict[str, Cell]]:
    return [
        {
            "seed": seed.seed,
            "arm": each.arm,
            "run": each.run,
            "status": each.status,
            "accuracy": each.accuracy,
            "loss": each.loss,
            "trouble": "; ".join(
                [*["diverged"] * each.diverged, *each.collapsed[:1], *each.buffers]
            ),
        }
        for seed in recovery.seeds
        for each in seed.health
    ]


def _perturbed(each: SeedRecovery) -> dict[str, Cell]:
    kept = each.perturbation
    return {
        "seed": each.seed,
        "asked": kept.text,
        "scalars": kept.scalars,
        "changed": kept.changed,
        "norm": kept.norm,
        "relative": kept.relative,
        "rate": each.growth_rate,
        "steps": each.members.step,
    }


def _barrier_rows(seed: SeedRecovery) -> list[dict[str, Cell]]:
    labels = dict(ROWS)
    return [
        {
            "seed": seed.seed,
            "pair": labels[pair].partition(" (")[0],
            "treatment": treatment if len(each.paths) > 1 else None,
            "height": path.loss_barrier.height,
            "aligned": each.aligned_paths[treatment].loss_barrier.height
            if treatment in each.aligned_paths
            else None,
            "error": path.error_barrier.above_mean,
        }
        for pair, each in seed.likenesses.items()
        for treatment, path in each.paths.items()
    ]
