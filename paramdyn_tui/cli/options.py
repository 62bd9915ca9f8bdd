"""The options of the commands: declared once, as the fields of frozen dataclasses.

``run`` has more options than a readable signature holds. ``@takes(RunOptions)`` gives the command
one parameter for each field, and calls the function with the filled dataclass.
"""

# ruff: noqa: RUF009 - the called functions return dataclass fields

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from typer.core import TyperCommand

from paramdyn_tui.cli.help_layout import usage_pieces, write_tables

Options = TypeVar("Options")

ALL = "all"
OPTIONAL_VALUES = {"--controls": ALL}
"""Options that may be given without a value, and the value they then have."""

RUNS = typer.Option("--runs", metavar="DIR", help="Runs folder. [$PARAMDYN_RUNS, else ./runs]")
DATA = typer.Option("--data", metavar="DIR", help="Data folder. [$PARAMDYN_DATA, else a cache]")
JSON = typer.Option("--json", help="Print JSON, for programs.")
QUIET = typer.Option("--quiet", "-q", help="Print the run's folder and nothing else.")
ASCII = typer.Option("--ascii", help="Draw with plain characters only.")
PLUGIN = typer.Option("--plugin", metavar="FILE", help="Python file that adds names. Repeatable.")
RUN = typer.Argument(metavar="RUN", help="A run's id, the start of one, or its folder.")

Runs = Annotated[str | None, RUNS]
Data = Annotated[str | None, DATA]
Json = Annotated[bool, JSON]
Ascii = Annotated[bool, ASCII]
Plugins = Annotated[list[Path] | None, PLUGIN]
RunName = Annotated[str, RUN]


def _as(parameter: Any, default: Any = None) -> Any:  # noqa: ANN401 - a field of any type
    return field(default=default, metadata={"typer": parameter})


def _option(flag: str, about: str, *, metavar: str | None = None) -> Any:  # noqa: ANN401
    return _as(typer.Option(*flag.split(","), metavar=metavar, help=about))


@dataclass(frozen=True, kw_only=True)
class SpecOptions:
    """What ``run`` computes: each option that is given replaces a field of the spec."""

    spec: Path | None = _as(
        typer.Argument(metavar="SPEC", help="A spec.toml, or a run folder to repeat.")
    )
    model: str | None = _option(
        "--model", "lenet, resnet18, ... or package.module:name. [default: lenet]", metavar="NAME"
    )
    dataset: str | None = _option(
        "--dataset", "digits, mnist, cifar10, ... or folder:PATH. [default: digits]", metavar="NAME"
    )
    init: str | None = _option(
        "--init", "How values are drawn: kaiming-uniform, ..., or pretrained.", metavar="NAME"
    )
    weights: str | None = _option(
        "--weights", "Start from this .safetensors or .pt file.", metavar="FILE"
    )
    start: str | None = _option(
        "--from", "Start from a snapshot of this run, with its spec.", metavar="RUN[@STEP]"
    )
    perturb: list[str] | None = _option(
        "--perturb",
        "Change the first values: sign-flip, distort:1e-6, ... Repeatable.",
        metavar="TEXT",
    )
    as_published: bool = _as(
        typer.Option(
            "--as-published",
            help="Perturb running statistics too, as the original study did: outputs become NaN.",
        ),
        False,
    )
    optimizer: str | None = _option(
        "--optimizer", "sgd, adam, adamw, or a class of torch.optim. [default: sgd]", metavar="NAME"
    )
    lr: float | None = _option("--lr", "Learning rate. [default: 0.005]", metavar="X")
    momentum: float | None = _option("--momentum", "Momentum of sgd. [default: 0.9]", metavar="X")
    weight_decay: float | None = _option(
        "--weight-decay", "Weight decay. [default: 0]", metavar="X"
    )
    betas: str | None = _option("--betas", "Betas of adam and adamw.", metavar="B1,B2")
    eps: float | None = _option("--eps", "Epsilon of adam and adamw.", metavar="X")
    schedule: str | None = _option(
        "--schedule",
        "Of the learning rate: constant, step or cosine. [default: constant]",
        metavar="NAME",
    )
    warmup: float | None = _option(
        "--warmup", "Epochs of linear warm-up. [default: 0]", metavar="X"
    )
    epochs: int | None = _option("--epochs", "Passes over the images. [default: 20]", metavar="N")
    batch: int | None = _option("--batch", "Images in a batch. [default: 128]", metavar="N")
    max_steps: int | None = _option(
        "--max-steps", "Stop after so many steps; 0: all epochs.", metavar="N"
    )
    limit: int | None = _option("--limit", "Use only so many training images; 0: all.", metavar="N")
    test_limit: int | None = _option(
        "--test-limit", "Use only so many test images; 0: all.", metavar="N"
    )
    validation: float | None = _option(
        "--validation", "Share or number of training images set aside.", metavar="X"
    )
    normalize: bool | None = _option(
        "--normalize/--no-normalize", "Subtract the mean, divide by the deviation."
    )
    augment: str | None = _option(
        "--augment", "flip, crop, crop:2 (pixels), or none. [default: none]", metavar="a,b"
    )
    image_size: int | None = _option(
        "--image-size", "Side of the images. [default: 32]", metavar="N"
    )
    precision: str | None = _option(
        "--precision", "fp32, tf32, or bf16. [default: fp32]", metavar="NAME"
    )
    device: str | None = _option(
        "--device", "auto, cpu, cuda, cuda:1, mps. [default: auto]", metavar="NAME"
    )
    threads: int | None = _option(
        "--threads", "CPU threads; 0: all cores. [default: 0]", metavar="N"
    )
    seed: int | None = _option("--seed", "Seed of all that is random. [default: 0]", metavar="N")
    seeds: str | None = _option("--seeds", "One run for each: 0-2 or 0,3,7.", metavar="0-2")
    record: str | None = _option(
        "--record", "auto, every:K (steps), epoch, log:N, or none. [default: auto]", metavar="WHEN"
    )
    measure: str | None = _option(
        "--measure", "Some of paramdyn catalog measurements. [default: all]", metavar="a,b"
    )
    snapshots: str | None = _option(
        "--snapshots", "final, init, every:K (epochs), or none. [default: final]", metavar="a,b"
    )
    plugin: list[Path] | None = _as(PLUGIN)
    assign: list[str] | None = _option(
        "--set,--option",
        "Any spec field: model.name=lenet. Repeatable.",
        metavar="KEY=VALUE",
    )


@dataclass(frozen=True, kw_only=True)
class ViewOptions:
    """Where things are, and how a run is shown."""

    runs: str | None = _as(RUNS)
    data: str | None = _as(DATA)
    json: bool = _as(JSON, False)
    quiet: bool = _as(QUIET, False)
    ascii: bool = _as(ASCII, False)


@dataclass(frozen=True, kw_only=True)
class LaunchOptions(ViewOptions):
    """How a run is started."""

    detach: bool = _as(
        typer.Option("--detach", "-d", help="Start it, print its id, and give the shell back."),
        False,
    )
    foreground: bool = _as(
        typer.Option(
            "--foreground",
            help="For batch jobs: plain lines, and the run ends with this process's signals.",
        ),
        False,
    )


@dataclass(frozen=True, kw_only=True)
class RunOptions(LaunchOptions, SpecOptions):
    """All options of ``run``."""

    controls: str | None = _option(
        "--controls",
        "Train what the perturbed run must be compared with too: all, or some of twin, "
        "rounding-twin, order, independent-parent, independent.",
        metavar="[a,b]",
    )
    when_free: bool = _as(
        typer.Option("--when-free", help="Queue it until no other run trains on its device."),
        False,
    )
    dry_run: bool = _as(
        typer.Option("--dry-run", help="Say what would be trained, no more."), False
    )


@dataclass(frozen=True, kw_only=True)
class ResumeOptions(LaunchOptions):
    """All options of ``resume``."""

    run: list[str] = field(
        metadata={"typer": typer.Argument(metavar="RUN...", help="Ids, starts of ids, or folders.")}
    )


class CommandOfOptions(TyperCommand):
    """A command in which an option of ``OPTIONAL_VALUES`` may stand without its value."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own
        """Read the arguments, with the values put in that were left out."""
        from paramdyn_tui.cli.usage import checked

        return super().parse_args(ctx, checked(self, ctx, with_values(args)))

    def collect_usage_pieces(self, ctx: Any) -> list[str]:  # noqa: ANN401
        """Return what follows the command's name in the usage line."""
        return usage_pieces(self, ctx)

    def format_options(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        """Write the arguments and the options."""
        write_tables(self, ctx, formatter)


def with_values(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with ``--controls=all`` for a ``--controls`` that has no value.

    It has none at the end of the line, before another option, and before something that exists:
    ``--controls runs/lenet`` names a SPEC.
    """
    given: list[str] = []
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop(0)
        if argument == "--":
            return [*given, argument, *waiting]
        follower = waiting[0] if waiting else "-"
        alone = follower.startswith("-") or os.path.exists(follower)  # noqa: PTH110 - a Path raises where a name is too long
        if argument in OPTIONAL_VALUES and alone:
            argument = f"{argument}={OPTIONAL_VALUES[argument]}"
        given.append(argument)
    return given


def takes(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a function of one options object a function with one parameter for each field."""
    hints = get_type_hints(options)
    parameters = [
        inspect.Parameter(
            item.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if item.default is MISSING else item.default,
            annotation=Annotated[hints[item.name], item.metadata["typer"]],
        )
        for item in fields(options)  # type: ignore[arg-type]
    ]

    def wrap(function: Callable[[Options], None]) -> Callable[..., None]:
        @functools.wraps(function)
        def command(**given: Any) -> None:  # noqa: ANN401 - each field has its own type
            function(options(**given))

        del command.__wrapped__  # it would hide our signature
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {item.name: item.annotation for item in parameters}
        return command

    return wrap
