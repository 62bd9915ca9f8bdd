"""``paramdyn show``: all about one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from paramdyn_tui.cli.options import Json, RunName, Runs

if TYPE_CHECKING:
    from paramdyn.specs.run_spec import RunSpec
    from paramdyn.store.manifest import Manifest
    from paramdyn.store.run_folder import RunFolder


def show(run: RunName, runs: Runs = None, json: Json = False) -> None:
    """Tell all about one run, on one page.

    \b
    paramdyn show lenet-digits-default-sgd-s0-1aa03aa1
    paramdyn show resnet18        # the start of an id is enough, if one has it
    paramdyn show RUN --json | jq .status

    How it stands, what was asked (first what is not a default), where and with what it ran, where
    it comes from and what came from it, what its perturbation really changed, which scalars moved
    and why the others did not, each layer, its events and files, and what one may do next.
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn.store.run_folder import find_run, runs_folder
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.asking import runs_option

    folder = find_run(runs_folder(runs), run)
    facts = page_facts(folder, more=runs_option(runs))
    if json:
        output.result_json(facts)
    else:
        _print_page(folder, facts)


def page_facts(folder: RunFolder, *, more: str = "") -> dict[str, Any]:
    """Return what ``--json`` prints; ``more`` is added to the commands that are suggested.

    Raises:
        StoreError: A file of the run cannot be read.
        SpecError: Its spec cannot be read.
    """
    from paramdyn.specs.flat import non_default_fields
    from paramdyn.specs.reader import read_spec
    from paramdyn.store.export.tables import event_rows
    from paramdyn.store.present import present_state
    from paramdyn.store.run_index import list_runs
    from paramdyn.store.state import LIVE, silence
    from paramdyn_tui import run_page
    from paramdyn_tui.cli.app import COMMANDS
    from paramdyn_tui.cli.summary import full_facts, manifest_or_none
    from paramdyn_tui.missing_controls import missing_controls

    state = present_state(folder.layout)
    family: dict[str, Any] = {
        "ancestors": run_page.ancestors(folder, manifest_or_none(folder)),
        **run_page.relatives(folder, list_runs(folder.path.parent)),
    }
    is_control = bool(state.summary.get("control_of"))
    lacking = [] if is_control else missing_controls(folder, family["controls"])
    family["missing_controls"] = lacking
    return {
        **full_facts(folder),
        "changed_fields": non_default_fields(read_spec(folder.layout.spec)),
        "silence_seconds": silence(state) if state.status in LIVE else None,
        "seconds_left": run_page.seconds_left(state),
        "best": run_page.best_metrics(folder),
        **family,
        "events": list(event_rows(folder)),
        "files": run_page.files_of(folder),
        "next": run_page.next_commands(folder, state, family=family, known=COMMANDS, more=more),
    }


def _print_page(folder: RunFolder, facts: Mapping[str, Any]) -> None:
    from paramdyn.specs.reader import read_spec
    from paramdyn_tui.cli import output
    from paramdyn_tui.cli.show_family import print_family
    from paramdyn_tui.cli.summary import manifest_or_none, print_summary

    manifest = manifest_or_none(folder)
    if manifest is None and facts["total_steps"]:
        output.talk(f"{folder.layout.manifest}: is missing; what it would tell is left out.")
    print_summary(folder)
    output.result()
    changed = {"changed": _changed(facts["changed_fields"])}
    asked = {**changed, **spec_fields(read_spec(folder.layout.spec))}
    output.fields({**asked, **machine_fields(manifest), "best": _best(facts["best"])})
    print_family(facts)
    if manifest is not None:
        _print_perturbations(manifest.perturbations)
        _print_reach(manifest.reach)
        _print_layers(folder, manifest)
    _print_events(facts["events"])
    _print_files(facts["files"])
    output.result()
    output.commands({item["for"]: item["command"] for item in facts["next"]})


def _changed(fields: Mapping[str, Any]) -> str:
    texts = {
        name: ",".join(map(str, value)) if isinstance(value, list) else f"{value}"
        for name, value in fields.items()
    }
    return "\n".join(f"{name} {text or 'none'}" for name, text in texts.items())


def _best(best: Mapping[str, Mapping[str, Any]]) -> str:
    from paramdyn_tui.formatting import number, percent

    parts = []
    for name, facts in best.items():
        split, _, kind = name.partition("/")
        value = percent(facts["value"]) if kind == "accuracy" else number(facts["value"])
        parts.append(f"{split} {kind} {value} at epoch {number(facts['epoch'])}")
    return "\n".join(parts)


def _print_events(events: Sequence[Mapping[str, Any]]) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import count

    shown = [event for event in events if event["event"] != "perturbation"]
    if not shown:
        return
    most = 12
    rows = [
        [count(event["step"]), event["event"], event_text(event)]
        for event in (shown[: most // 2] + shown[-most // 2 :] if len(shown) > most else shown)
    ]
    if len(shown) > most:
        rows.insert(most // 2, ["", f"... {len(shown) - most} more", ""])
    output.result()
    output.table(["step", "event", "about"], rows, right=("step",))


def event_text(event: Mapping[str, Any]) -> str:
    """Return what an event tells beside its step and name."""
    about = {key: value for key, value in event.items() if key not in ("step", "event", "file")}
    texts = [str(about.pop(key)) for key in ("name", "text", "message", "reason") if key in about]
    return ", ".join([*texts, *(f"{key} {value}" for key, value in about.items())])


def _print_files(files: Sequence[Mapping[str, Any]]) -> None:
    from paramdyn_tui.cli import output
    from paramdyn_tui.formatting import short_count

    rows = [[item["file"], f"{short_count(item['size_bytes'])}B", item["about"]] for item in files]
    output.result()
    output.table(["file", "size", "about"], rows, right=("size",))


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
    versions = {"paramdyn": manifest.paramdyn, **manifest.versions}
    git = manifest.git or {}
    commit = f"{str(git.get('commit'))[:12]}{', changed' if git.get('dirty') else ''}"
    return {
        "device": f"{manifest.device} ({manifest.device_name}), "
        f"{_some(manifest.threads, 'thread')}",
        "machine": manifest.host,
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items() if version),
        "git": commit if git else "",
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
    rows = []
    for item in perturbations:
        counts = [count(int(item.get(key) or 0)) for key in ("scalars", "changed")]
        norms = [number(item.get(key)) for key in ("norm", "relative_norm")]
        rows.append([str(item.get("text", "")), *counts, *norms])
        if item.get("buffer_scalars"):
            counts = [count(int(item.get(f"buffer_{key}") or 0)) for key in ("scalars", "changed")]
            rows.append(["  running statistics", *counts, number(item.get("buffer_norm")), "-"])
    output.result()
    output.table(columns, rows, right=columns[1:], optional=("scalars", "norm"))
    for item in perturbations:
        if item.get("buffer_scalars"):
            output.result(_buffers(item))


def _buffers(item: Mapping[str, Any]) -> str:
    """Return what a perturbation did to the running statistics, in words."""
    from paramdyn_tui.formatting import count, number

    changed, scalars = item.get("buffer_changed") or 0, item["buffer_scalars"]
    return (
        f"{item.get('text', '')} also changed {count(int(changed))} of {count(int(scalars))} "
        f"values of {count(int(item.get('buffers') or 0))} running statistics, "
        f"norm {number(item.get('buffer_norm'))}"
    )


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
    right = ("scalars", "displacement", "relative", "changed")
    output.table(columns, rows, right=right, optional=("scalars", "displacement"))
