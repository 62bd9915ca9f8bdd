"""What the other files of a run tell when its state.json is lost."""

from __future__ import annotations

import time

from paramdyn.errors import RunIncomplete, StoreError
from paramdyn.specs.reader import read_spec
from paramdyn.store.manifest import read_manifest
from paramdyn.store.process import gone, this_process
from paramdyn.store.records import Record, read
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import RunState, read_state
from paramdyn.store.summary import summary_of

_ENDS = ("finished", "diverged")


def restored_state(folder: RunFolder) -> RunState | None:
    """Return the last state of a run that ended by itself, from its records; else None.

    Why a run diverged is told more shortly than in the state that was lost. Who computed it is
    only known to run.json.

    Raises:
        ParamdynError: run.json, spec.toml or a record cannot be read.
    """
    # Here: it brings numpy, for which who only wants to look at a live run would wait.
    from paramdyn.store.export.tables import last_metrics

    if folder.layout.checkpoint.exists():
        return None  # it did not come to remove that
    end = _end_of(folder)
    if end is None:
        return None
    manifest = read_manifest(folder.layout)
    step, timing = int(end["step"]), read(folder.layout.timing)[0]
    nobody = gone(this_process())
    return RunState(
        status=str(end["event"]),
        reason=str(end.get("text", "")),
        epoch=step / max(manifest.steps_per_epoch, 1),
        step=step,
        total_steps=manifest.total_steps,
        metrics=last_metrics(folder),
        heartbeat=time.time(),
        images_per_s=float(timing[-1].get("images_per_s") or 0.0) if timing else 0.0,
        process_start=nobody.process_start,
        boot_id=nobody.boot_id,
        host=nobody.host,
        summary=summary_of(
            read_spec(folder.layout.spec),
            created=manifest.created,
            parent=manifest.parent,
            arm=manifest.arm,
            control_of=manifest.control_of,
        ),
    )


def never_began(folder: RunFolder) -> bool:
    """Tell whether a run only waited in a queue, of which nothing but spec.toml may be left."""
    layout = folder.layout
    recorded = (layout.manifest, layout.checkpoint, layout.metrics, layout.snapshots)
    return not any(path.exists() for path in recorded)


def check_restart(folder: RunFolder) -> None:
    """Make sure that nothing is lost when a run without state and checkpoint begins again.

    Records are made again, byte for byte, within seconds or minutes: a run without a snapshot after
    its start has not come far.

    Raises:
        RunIncomplete: Snapshots would be overwritten.
    """
    later = _later_snapshots(folder)
    if later:
        name = folder.name
        raise RunIncomplete(
            f"{name}: its state.json and its checkpoint are lost, so it would begin again from its "
            f"start, over {len(later)} snapshots. One of the two files was expected. Put one back; "
            f"or train on from its newest snapshot: paramdyn run --from {name}@{later[-1]}; or "
            f"train it again in a folder of its own: paramdyn run {folder.layout.spec_quoted}."
        )


def can_begin_without_state(folder: RunFolder) -> bool:
    """Tell whether a run whose state.json is lost can be gone on with, or begun again."""
    try:
        read_state(folder.layout)
    except RunIncomplete:
        pass
    except StoreError:
        return False
    else:
        return False
    if not folder.layout.manifest.exists():
        return never_began(folder)
    if folder.layout.checkpoint.exists():
        return True
    return _end_of(folder) is None and not _later_snapshots(folder)


def _later_snapshots(folder: RunFolder) -> list[str]:
    from paramdyn.store.snapshots import later_snapshots  # here, for it brings numpy as well

    return later_snapshots(folder.path)


def _end_of(folder: RunFolder) -> Record | None:
    try:
        events = read(folder.layout.events)[0]
    except StoreError:
        return None
    last = events[-1] if events else {}
    return last if last.get("event") in _ENDS and type(last.get("step")) is int else None
