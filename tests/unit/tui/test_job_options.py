"""From options to jobs, around run folders that nobody trained."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paramdyn.errors import RunNotFound, SpecError
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_spec import RunSpec
from paramdyn_tui.cli.job_options import jobs_from, parse_controls, planned_from
from paramdyn_tui.cli.options import RunOptions, with_values
from paramdyn_tui.launch.jobs import check_jobs

PARENT = with_overrides(RunSpec(), {"training.device": "cpu", "training.threads": 1})
ALL_ARMS = ["twin", "rounding-twin", "order", "independent-parent", "independent"]


@pytest.fixture
def jobs(runs_dir):
    def make(**options):
        made = jobs_from(RunOptions(quiet=True, **options), runs=runs_dir)
        check_jobs(made)
        return made

    return make


@pytest.fixture
def parent(made_run):
    return made_run(PARENT)


def arms(made):
    return [job.arm for job in made]


def starts(made):
    return [job.spec.initializer.name for job in made]


def test_without_controls_a_job_is_a_seed(jobs):
    made = jobs(seeds="0-2", epochs=3)
    assert [0, 1, 2] == [job.spec.seed for job in made]
    assert [("", None, None, "")] * 3 == [(j.arm, j.of, j.start_of, j.existing) for j in made]


def test_a_child_and_all_its_controls(jobs, parent):
    made = jobs(start=parent, perturb=["sign-flip"], controls="all", epochs=3)
    assert ["", *ALL_ARMS] == arms(made)
    assert [None, 0, 0, 0, 0, 0] == [job.of for job in made]
    assert [None] * 5 + [4] == [job.start_of for job in made]
    assert [f"run:{parent}"] * 4 == starts(made)[:4]
    assert "default" == starts(made)[4]
    assert [3] * 4 + [20, 3] == [job.spec.training.epochs for job in made]
    assert "conv1.weight" == made[2].spec.perturbations[0].layers


def test_some_controls_alone_need_no_ancestors(jobs, made_run):
    name = made_run(with_overrides(PARENT, {"initializer.name": "run:lost"}))
    made = jobs(start=name, perturb=["noise"], controls="order,twin")
    assert ["", "twin", "order"] == arms(made)
    with pytest.raises(RunNotFound, match="it starts from run 'lost', which is not there"):
        jobs(start=name, perturb=["noise"], controls="independent")


def test_a_folder_of_a_child_gets_its_controls(jobs, parent, made_run, runs_dir):
    child = made_run(
        with_overrides(PARENT, {"initializer.name": f"run:{parent}", "perturbations": ["ulp:3"]})
    )
    made = jobs(spec=runs_dir / child, controls="twin")
    assert [child, ""] == [job.existing for job in made]
    assert ["", "twin"] == arms(made)


def test_what_is_there_is_used_again(jobs, parent, made_run, runs_dir):
    asked = {"start": parent, "perturb": ["sign-flip"], "controls": "all"}
    first = jobs(**asked)
    names = [made_run(job.spec) for job in first[:5]]
    (runs_dir / names[1]).rename(runs_dir / "renamed")
    names[1] = "renamed"
    again = jobs(**asked)
    assert [*names, ""] == [job.existing for job in again]
    assert (None, f"run:{names[4]}") == (again[5].start_of, again[5].spec.initializer.name)
    assert [*names, made_run(again[5].spec)] == [job.existing for job in jobs(**asked)]


def test_another_child_shares_the_controls(jobs, parent, made_run):
    twin = made_run(jobs(start=parent, perturb=["sign-flip"], controls="twin")[1].spec)
    assert ["", twin] == [
        job.existing for job in jobs(start=parent, perturb=["noise"], controls="twin")
    ]


def test_each_seed_has_a_parent_of_its_own(jobs, parent, made_run):
    second = made_run(replace(PARENT, seed=2))
    made = jobs(start=parent, perturb=["sign-flip"], seeds="0-2", controls="twin,independent")
    per_seed = ["", "twin", "independent-parent", "independent"]
    assert [*per_seed, "", *per_seed, "", *per_seed] == arms(made)
    assert [0] * 4 + [1] * 5 + [2] * 5 == [job.spec.seed for job in made]
    assert ["", second] == [made[place].existing for place in (4, 9)]
    assert [4, 4, None, 7] == [job.start_of for job in made[5:9]]
    assert [None, None, None, 12] == [job.start_of for job in made[10:14]]
    assert [f"run:{second}"] * 2 == starts(made)[10:12]
    assert [None, 5, 5, 5] == [job.of for job in made[5:9]]


def test_the_rounding_twin_moves_a_value_that_gets_gradients(jobs, made_run):
    name = made_run(PARENT, reach=["conv1.weight"])
    made = jobs(start=name, perturb=["sign-flip"], controls="rounding-twin")
    assert "fc.weight" == made[1].spec.perturbations[0].layers


def test_an_independent_parent_without_the_snapshot_is_trained_again(jobs, parent, made_run):
    asked = {"start": parent, "perturb": ["sign-flip"], "controls": "independent"}
    made_run(jobs(**asked)[1].spec, kept=[("init", 0)])
    assert [("", None), ("", 1)] == [(job.existing, job.start_of) for job in jobs(**asked)[1:]]


def test_a_parent_of_another_seed_without_the_snapshot_is_trained_again(jobs, parent, made_run):
    made_run(replace(PARENT, seed=1), kept=[("init", 0)])
    made = jobs(start=parent, perturb=["sign-flip"], seeds="1", controls="twin")
    assert ("", "") == (made[0].arm, made[0].existing)


def test_a_single_seed_keeps_the_parent_that_was_named(jobs, parent):
    made = jobs(start=parent, perturb=["sign-flip"], seed=7, controls="twin")
    assert (["", "twin"], [7, 7]) == (arms(made), [job.spec.seed for job in made])


def test_a_parent_that_continues_a_run_is_made_again_for_each_seed(jobs, parent, made_run):
    middle = made_run(with_overrides(PARENT, {"initializer.name": f"run:{parent}@final"}))
    made = jobs(start=f"{middle}@final", perturb=["noise"], seeds="1", controls="twin")
    assert ["", "", "", "twin"] == arms(made)
    assert [None, 0, 1, 1] == [job.start_of for job in made]
    assert all(name.endswith("@final") for name in starts(made)[1:])
    assert ["default"] == starts(made)[:1]


def test_a_step_is_kept_everywhere(jobs, made_run):
    name = made_run(
        with_overrides(PARENT, {"recording.snapshots": ["every:1", "final"]}),
        kept=[("epoch", 10), ("final", 20)],
    )
    made = jobs(start=f"{name}@10", perturb=["noise"], seeds="0-1", controls="independent")
    continuing = [start for start in starts(made) if start != "default"]
    assert 4 == len(continuing)
    assert all(start.endswith("@10") for start in continuing)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {},
            "--controls: the run starts from no other run and perturbs nothing, so there is "
            "nothing to control for. Controls belong to a run that continues another one, "
            "perturbed. Add --from RUN and --perturb: paramdyn run --from RUN --perturb sign-flip "
            "--controls. 'paramdyn ls' lists runs, 'paramdyn catalog perturbations' what can be "
            "done to them.",
        ),
        (
            {"perturb": ["noise"]},
            "--controls: the run starts from no other run, so there is nothing to control for. "
            "Controls belong to a run that continues another one, perturbed. Add --from RUN: "
            "paramdyn run --from RUN --perturb sign-flip --controls. 'paramdyn ls' lists runs, "
            "'paramdyn catalog perturbations' what can be done to them.",
        ),
        (
            {"start": "PARENT"},
            "--controls: the run perturbs nothing, so there is nothing to control for. Controls "
            "belong to a run that continues another one, perturbed. Add --perturb: paramdyn run "
            "--from RUN --perturb sign-flip --controls. 'paramdyn ls' lists runs, 'paramdyn "
            "catalog perturbations' what can be done to them.",
        ),
    ],
)
def test_what_is_missing_is_said(jobs, parent, options, message):
    if options.get("start"):
        options = {"start": parent}
    with pytest.raises(SpecError) as caught:
        jobs(**options, controls="all")
    assert message == str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ()),
        ("all", tuple(ALL_ARMS)),
        ("order, twin", ("twin", "order")),
        ("twin,all", tuple(ALL_ARMS)),
    ],
)
def test_names_of_controls(text, expected):
    assert expected == parse_controls(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("twni", "unknown control 'twni'. Did you mean 'twin'?"),
        ("x,y", "unknown control 'x'.(.|\n)*unknown control 'y'."),
        ("", "no control is named. Controls: twin, rounding-twin"),
        (",", "no control is named"),
    ],
)
def test_unknown_controls(text, message):
    with pytest.raises(SpecError, match=message):
        parse_controls(text)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["--controls"], ["--controls=all"]),
        (["--controls", "--quiet"], ["--controls=all", "--quiet"]),
        (["--controls", "twin"], ["--controls", "twin"]),
        (["--controls=twin", "x"], ["--controls=twin", "x"]),
        (["--controls", "spec.toml"], ["--controls=all", "spec.toml"]),
        (["--", "--controls"], ["--", "--controls"]),
        ([], []),
    ],
)
def test_controls_without_a_value_are_all(given, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spec.toml").touch()
    assert expected == with_values(given)


def test_as_published_touches_the_buffers(jobs, parent):
    made = jobs(
        start=parent, perturb=["sign-flip", "distort:1e-6"], as_published=True, controls="twin"
    )
    assert ["all", "all"] == [each.buffers for each in made[0].spec.perturbations]
    assert () == made[1].spec.perturbations


@pytest.mark.parametrize(
    ("perturb", "message"),
    [
        (None, "--as-published: there is no perturbation. It makes those of the original study"),
        (["noise"], "--as-published: the study did not use 'noise'. It used sign-flip and distort"),
        (["sign-flip,buffers=means"], "'sign-flip' says buffers=means itself, and the study"),
    ],
)
def test_what_was_not_published_is_refused(jobs, parent, perturb, message):
    with pytest.raises(SpecError) as caught:
        jobs(start=parent, perturb=perturb, as_published=True)
    assert message in str(caught.value)


def test_a_device_left_open_is_the_one_of_this_machine(jobs, parent):
    made = jobs(start=parent, perturb=["noise"], device="auto", threads=0, controls="twin")
    assert {"auto"}.isdisjoint(job.spec.training.device for job in made)
    assert all(job.spec.training.threads for job in made)


def test_a_plan_has_the_names_of_the_folders(parent, runs_dir):
    options = RunOptions(start=parent, perturb=["noise:0.1"], controls="twin")
    child, twin = planned_from(options, runs=runs_dir)
    assert "noise:0.1" == child.about
    assert child.run.startswith("lenet-digits-run-noise-sgd-s0-")
    assert "same start, same order, not perturbed" == twin.about


@pytest.mark.parametrize("quiet", [False, True])
def test_the_plan_is_said_on_stderr(quiet, parent, runs_dir, capsys):
    options = RunOptions(start=parent, perturb=["noise"], controls="twin", quiet=quiet)
    jobs_from(options, runs=runs_dir)
    said = capsys.readouterr()
    assert "" == said.out
    lines = said.err.splitlines()
    assert [] == lines if quiet else ["arm", "run", "state", "what", "it", "is"] == lines[0].split()
    assert quiet or lines[2].endswith("same start, same order, not perturbed")
    assert quiet or "2 runs to train, 40 epochs in all." == lines[3]


def test_without_controls_nothing_is_said(parent, runs_dir, capsys):
    jobs_from(RunOptions(start=parent), runs=runs_dir)
    assert ("", "") == capsys.readouterr()


def test_paths_are_absolute_before_a_run_has_its_id(jobs, tmp_path, monkeypatch):
    """Alone or in a sequence, and from any directory, it is the same run."""
    (tmp_path / "images").mkdir()
    monkeypatch.chdir(tmp_path)
    given = f"folder:{tmp_path / 'images'}"
    options = {"model": "resnet18", "seeds": "0,1"}
    assert [given] * 2 == [
        job.spec.dataset.name for job in jobs(dataset="folder:images", **options)
    ]
    assert jobs(dataset=given, **options) == jobs(dataset="folder:images", **options)


def test_who_detaches_need_not_listen(runs_dir, parent, monkeypatch):
    """``2>&1 | head`` closes the pipe while the plan is said: the runs are wanted all the same."""
    silent = []

    def say(_planned):
        raise BrokenPipeError

    monkeypatch.setattr("paramdyn_tui.cli.run_plan.announce", say)
    monkeypatch.setattr("paramdyn_tui.cli.output.silence_talk", lambda: silent.append(True))
    asked = RunOptions(start=parent, perturb=["sign-flip"], controls="twin")
    with pytest.raises(BrokenPipeError):
        jobs_from(asked, runs=runs_dir)
    assert ["", "twin"] == arms(jobs_from(replace(asked, detach=True), runs=runs_dir))
    assert [True] == silent
