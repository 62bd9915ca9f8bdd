"""The options of ``analyze``."""

# ruff: noqa: RUF009 - the called functions return dataclass fields

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

from paramdyn_tui.cli.options import ASCII, DATA, JSON, PLUGIN, RUNS


def _option(flag: str, about: str, default: Any = None, **more: Any) -> Any:  # noqa: ANN401
    return field(
        default=default, metadata={"typer": typer.Option(*flag.split(","), help=about, **more)}
    )


def _as(parameter: Any, default: Any = None) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=default, metadata={"typer": parameter})


@dataclass(frozen=True, kw_only=True)
class AnalyzeOptions:
    """All options of ``analyze``."""

    question: str | None = _as(
        typer.Argument(metavar="QUESTION", help="One of catalog questions, or all.")
    )
    run: list[str] | None = _as(
        typer.Argument(
            metavar="RUN...", help="Ids, starts of ids, folders, a quoted filter, weights files."
        )
    )
    where: str | None = _option(
        "--where", "And the runs that this filter means, as in ls.", metavar="FILTER"
    )
    details: bool = _option("--details", "Tables of each layer and each seed too.", False)
    explain: bool = _option(
        "--explain", "Definition, formula, null and source of each number.", False
    )
    make_controls: bool = _option(
        "--make-controls", "Train the controls that lack, then answer.", False
    )
    yes: bool = _option("--yes,-y", "Train them without asking.", False)
    out: list[Path] | None = _option(
        "--out", "Write .md, .csv, .json, .svg, .png or .pdf. Repeatable.", metavar="FILE"
    )
    images: int = _option("--images", "Test images at most.", 10_000, metavar="N", min=2)
    alphas: int = _option(
        "--alphas", "Points of a line between two models.", 11, metavar="N", min=3
    )
    restarts: int = _option(
        "--restarts", "Starts of a search for an alignment.", 3, metavar="N", min=1
    )
    draws: int = _option("--draws", "Draws of a null by permutation.", 20, metavar="N", min=1)
    layers: list[str] | None = _option(
        "--layers", "Only these in tables of layers: 'conv*', 'layer4.*'. Repeatable.",
        metavar="GLOB",
    )  # fmt: skip
    feature_layer: str | None = _option(
        "--feature-layer",
        "Module whose input is the features; NAME:out: its output. [the head's]",
        metavar="NAME",
    )
    seed: int = _option("--seed", "Of everything that is drawn.", 0, metavar="N")
    device: str = _option("--device", "auto, cpu, cuda, cuda:1, mps.", "auto", metavar="NAME")
    weights: list[Path] | None = _option(
        "--weights", "Your own .safetensors or .pt file, with --model. Repeatable.",
        metavar="FILE",
    )  # fmt: skip
    model: str | None = _option("--model", "What your weights are of.", metavar="NAME")
    dataset: str | None = _option("--dataset", "The images they were trained on.", metavar="NAME")
    classes: int | None = _option(
        "--classes", "Outputs of that model. [those of the weights, else 10]", metavar="K", min=1
    )
    image_size: int | None = _option(
        "--image-size", "Side of the square that it sees. [32]", metavar="N", min=1
    )
    normalize: bool | None = _option(
        "--normalize/--no-normalize", "Whether its images had mean 0 and deviation 1."
    )
    assign: list[str] | None = _option(
        "--set", "Any other field of its spec, such as dataset.validation=0.1.",
        metavar="KEY=VALUE",
    )  # fmt: skip
    plugin: list[Path] | None = _as(PLUGIN)
    runs: str | None = _as(RUNS)
    data: str | None = _as(DATA)
    json: bool = _as(JSON, False)
    quiet: bool = _option("--quiet,-q", "No progress bar, no talk.", False)
    ascii: bool = _as(ASCII, False)
    width: int | None = _option(
        "--width", "Characters a line has. [the terminal's, else 80]", metavar="N", min=40
    )
    no_color: bool = _option("--no-color", "No colours.", False)
