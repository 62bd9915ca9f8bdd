"""What ``--from`` says when the run it names cannot be continued there."""

from __future__ import annotations

import pytest

from paramdyn.errors import SpecError
from paramdyn.specs.run_spec import RunSpec
from paramdyn_tui.cli.options import RunOptions
from paramdyn_tui.cli.spec_options import specs_from

NAME = "lenet-digits-default-sgd-s0-44136fa3"
CASES = {
    "running": (
        {"status": "queued", "kept": [("init", 0)]},
        "final",
        "no snapshot 'final'. It has: init (0). It is queued at step 0 of 20. Wait until it is "
        "finished, or start from one that it has.",
    ),
    "stopped": (
        {"status": "stopped", "kept": [("epoch", 10)], "reason": "asked to stop"},
        "",
        "no snapshot 'final'. It has: epoch (10). It is stopped at step 10 of 20: asked to "
        f"stop. Carry on with it first: paramdyn resume {NAME}.",
    ),
    "failed": (
        {"status": "failed", "kept": [], "reason": "out of memory."},
        "best",
        "no snapshot 'best'. It kept none. It is failed at step 0 of 20: out of memory. Carry on "
        f"with it first: paramdyn resume {NAME}.",
    ),
    "diverged": (
        {"status": "diverged", "kept": [("init", 0)], "reason": "the loss is not finite"},
        "final",
        "no snapshot 'final'. It has: init (0). It is diverged at step 0 of 20: the loss is not "
        "finite. Start from one that it has, or from another run.",
    ),
    "finished": (
        {"status": "finished", "kept": [("epoch", 10), ("final", 20)]},
        "15",
        "no snapshot '15'. It has: epoch (10), final (20). Choose one of these, or run its spec "
        f"again with --snapshots, such as paramdyn run RUNS/{NAME}/spec.toml --snapshots "
        "init,every:1,final.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_to_do_without_the_snapshot(case, made_run, runs_dir):
    made, step, expected = CASES[case]
    assert NAME == made_run(RunSpec(), **made)
    (runs_dir / NAME / "checkpoint.pt").touch()
    with pytest.raises(SpecError) as caught:
        specs_from(RunOptions(start=f"{NAME}@{step}" if step else NAME), runs=runs_dir)
    assert [f"--from {NAME}@{step or 'final'}: {expected}"] == [
        problem.replace(str(runs_dir), "RUNS") for problem in caught.value.problems
    ]


def test_a_failed_run_without_a_checkpoint_is_run_again(made_run, runs_dir):
    made_run(RunSpec(), status="failed", kept=[])
    with pytest.raises(SpecError, match=r"Run its spec again, or start from one that it has\.$"):
        specs_from(RunOptions(start=NAME), runs=runs_dir)


def test_an_unreadable_state_does_not_hide_what_is_kept(made_run, runs_dir):
    made_run(RunSpec(), kept=[("init", 0)])
    (runs_dir / NAME / "state.json").write_text("{")
    with pytest.raises(SpecError, match=r"It has: init \(0\)\. Its state\.json cannot be read"):
        specs_from(RunOptions(start=NAME), runs=runs_dir)


@pytest.mark.parametrize("step", ["init", "0", "10", "final", "20"])
def test_what_was_kept_can_be_continued(step, made_run, runs_dir):
    made_run(RunSpec(), kept=[("init", 0), ("epoch", 10), ("final", 20)])
    (spec,) = specs_from(RunOptions(start=f"{NAME}@{step}"), runs=runs_dir)
    assert f"run:{NAME}@{step}" == spec.initializer.name


def test_a_snapshot_that_was_deleted(made_run, runs_dir):
    made_run(RunSpec())
    (runs_dir / NAME / "snapshots" / "step-00000020.safetensors").unlink()
    with pytest.raises(SpecError, match="snapshot 'final' was kept and is gone"):
        specs_from(RunOptions(start=NAME), runs=runs_dir)


def test_an_unreadable_step_is_a_problem_of_the_spec(made_run, runs_dir):
    made_run(RunSpec())
    with pytest.raises(SpecError, match="found step 'lats', expected a number, 'final'"):
        specs_from(RunOptions(start=f"{NAME}@lats"), runs=runs_dir)
