"""``paramdyn show``: all about one run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from paramdyn_tui.cli.options import Json, RunName, Runs

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn.store.manifest import Manifest
    from paramdyn.store.run_folder import RunFolder


def show(run: RunName, runs: Runs = None, json: Json = False) -> None:
    """Tell all about one run: what was asked, how far it came, what moved, and what could not."""
    from paramdyn.specs.reader import read_spec
    from paramdyn.store.run_folder import find_run, runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.summary import full_facts, manifest_or_none, print_summary

    folder = find_run(runs_folder(runs), run)
    if json:
        output.result_json(full_facts(folder))
        return
    manifest = manifest_or_none(folder)
    if manifest is None:
        output.talk(f"{folder.layout.manifest}: is missing; what it would tell is left out.")
    print_summary(folder)
    output.result()
    output.fields({**spec_fields(read_spec(folder.layout.spec)), **machine_fields(manifest)})
    if manifest is None:
        return
    _print_perturbations(manifest.perturbations)
    _print_reach(manifest.reach)
    _print_layers(folder, manifest)


def spec_fields(spec: RunSpec) -> dict[str, str]:
    """Return what was asked, in words."""
    data, training = spec.dataset, spec.training
    limit = f", {data.train_limit:,} training images" if data.train_limit else ""
    extras = [f"{data.image_size}x{data.image_size}{limit}"]
    extras += [f"validation {data.validation:g}"] if data.validation else []
    extras += ["normalized"] if data.normalization != "none" else []
    extras += list(data.augmentation)
    decay = f", weight decay {spec.optimizer.weight_decay:g}"
    return {
        "model": _with_options(spec.model.name, spec.model.options),
        "data set": f"{_with_options(data.name, data.options)}, {', '.join(extras)}",
        "initializer": " ".join(filter(None, (spec.initializer.name, spec.initializer.weights))),
        "optimizer": f"{_with_options(spec.optimizer.name, spec.optimizer.options)}, "
        f"learning rate {spec.optimizer.learning_rate:g}"
        f"{decay if spec.optimizer.weight_decay else ''}",
        "schedule": _with_options(spec.schedule.name, spec.schedule.options),
        "training": f"{_some(training.epochs, 'epoch')}, batch {training.batch_size}, "
        f"{training.precision}, seed {spec.seed}",
        "recorded": f"{spec.recording.when}, {_measurements(spec.recording.what)}",
    }


def machine_fields(manifest: Manifest | None) -> dict[str, str]:
    """Return on what it ran, in words."""
    if manifest is None:
        return {}
    parent = manifest.parent
    return {
        "device": f"{manifest.device} ({manifest.device_name}), "
        f"{_some(manifest.threads, 'thread')}",
        "parent": f"{parent.get('run')} at step {parent.get('step')}" if parent else "",
        "created": manifest.created,
    }


def _measurements(what: Sequence[str]) -> str:
    from paramdyn.specs.run_spec import DEFAULT_MEASUREMENTS

    everything = set(what) >= set(DEFAULT_MEASUREMENTS)
    return f"all {len(what)} measurements" if everything else ", ".join(what)


def _some(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _with_options(name: str, options: Any) -> str:  # noqa: ANN401 - a mapping of anything
    listed = ", ".join(f"{key} {value}" for key, value in options.items())
    return f"{name} ({listed})" if listed else name


def _print_perturbations(perturbations: list[dict[str, Any]]) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import count, number

    if not perturbations:
        return
    columns = ["perturbation", "scalars", "changed", "norm", "relative"]
    rows = [
        [
            str(item.get("text", "")),
            count(int(item.get("scalars") or 0)),
            count(int(item.get("changed") or 0)),
            number(item.get("norm")),
            number(item.get("relative_norm")),
        ]
        for item in perturbations
    ]
    output.result()
    output.table(columns, rows, right=("scalars", "changed", "norm", "relative"))


def _print_reach(reach: list[dict[str, Any]]) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import count

    if not reach:
        return
    total = sum(int(item["scalars"]) for item in reach)
    output.result()
    output.result(f"{count(total)} structural scalars: no image of this size can move them")
    columns = ["parameter", "scalars", "reason"]
    rows = [[item["parameter"], count(int(item["scalars"])), item["reason"]] for item in reach]
    output.table(columns, rows, right=("scalars",))


def _print_layers(folder: RunFolder, manifest: Manifest) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.summary import layers
    from paramdyn_tui.formatting import count, number, percent

    rows = [
        [
            layer.layer,
            count(layer.scalars),
            number(layer.displacement),
            number(layer.relative_displacement),
            percent(layer.changed),
        ]
        for layer in layers(folder, manifest)
    ]
    output.result()
    columns = ["layer", "scalars", "displacement", "relative", "changed"]
    output.table(columns, rows, right=("scalars", "displacement", "relative", "changed"))
