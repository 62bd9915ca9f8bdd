"""``paramdyn run`` and ``resume`` around a worker that trains nothing."""

import json
import tomllib

import pytest


def the_run(runs_dir):
    [folder] = runs_dir.iterdir()
    return folder


def test_finished_run_is_reported(fake_worker, command, runs_dir):
    fake_worker("finish")
    status, out, err = command("run", "--epochs", "2")
    name = the_run(runs_dir).name
    assert 0 == status
    assert "accuracy 87.5%" in out
    assert "25.0%  25  structural  no input can give it a gradient" in out
    assert f"paramdyn show {name}" in out
    assert [f"run {name}", "epoch 0  test 2.3/12.5%"] == err.splitlines()[:2]
    assert "epoch 1  train 0.5/75.0%  test 0.25/87.5%  moved, relative 10.0%" in err


def test_no_escape_codes_without_a_terminal(fake_worker, command):
    fake_worker("finish")
    _, out, err = command("run")
    assert "\x1b" not in out + err


def test_json_is_one_object(json_of_run, runs_dir):
    facts = json_of_run("finish", "run")
    assert {
        "id", "path", "status", "reason", "epoch", "step", "total_steps", "metrics", "drift",
        "partition",
    } == set(facts)  # fmt: skip
    assert the_run(runs_dir).name == facts["id"]
    assert ("finished", 0.875) == (facts["status"], facts["metrics"]["test/accuracy"])
    assert {"structural": 25, "changed": 75} == facts["partition"]


@pytest.fixture
def json_of_run(fake_worker, command):
    def run(mode, *arguments):
        fake_worker(mode)
        _, out, _ = command(*arguments, "--json")
        return json.loads(out)

    return run


def test_quiet_prints_the_folder_alone(fake_worker, command, runs_dir):
    fake_worker("finish")
    status, out, err = command("run", "--quiet")
    assert (0, f"{the_run(runs_dir)}\n", "") == (status, out, err)


def test_seeds_run_one_after_another(json_of_run, runs_dir):
    facts = json_of_run("finish", "run", "--seeds", "0-2")
    seeds = [run["id"].split("-")[-2] for run in facts]
    assert ["s0", "s1", "s2"] == seeds
    assert 3 == len(list(runs_dir.iterdir()))


def test_refusal_is_said_in_the_worker_s_words(fake_worker, command):
    fake_worker("refuse")
    assert (2, "", "paramdyn: mnist: no such file.\n") == command("run")


def test_death_before_the_start_shows_what_it_wrote(fake_worker, command):
    fake_worker("die")
    status, out, err = command("run")
    assert (1, "") == (status, out)
    assert "ended with exit status 3 before the run began" in err
    assert "    Segmentation fault, or so" in err
    assert "Traceback" not in err


def test_diverged_run_says_why(fake_worker, command):
    fake_worker("fail")
    status, out, err = command("run")
    assert (1, "") == (status, out)
    assert "diverged: the loss is not finite at step 11" in err


def test_failed_run_prints_json_too(json_of_run):
    facts = json_of_run("fail", "run")
    assert ("diverged", "the loss is not finite at step 11") == (facts["status"], facts["reason"])


def test_killed_worker_is_explained(fake_worker, command):
    fake_worker("vanish")
    status, _, err = command("run")
    assert 1 == status
    assert "signal SIGKILL (this often means that memory ran out)" in err
    assert "    out of luck" in err


def test_interrupt_waits_for_the_checkpoint(fake_worker, command, runs_dir):
    fake_worker("interrupt")
    status, out, err = command("run", "--runs", str(runs_dir))
    name = the_run(runs_dir).name
    assert (130, "") == (status, out)
    assert "Stopping after this batch" in err
    carry_on = f"Carry on: paramdyn resume {name} --runs {runs_dir}"
    assert err.endswith(f"Stopped at step 11 of 20. {carry_on}\n")


def test_second_interrupt_kills(fake_worker, command):
    fake_worker("stubborn")
    status, _, err = command("run")
    assert 130 == status
    assert "before the first checkpoint" in err


def test_resume_shows_the_same_run(json_of_run, runs_dir):
    first = json_of_run("interrupt", "run")
    assert "stopped" == first["status"]
    again = json_of_run("finish", "resume", first["id"][:8])
    assert (first["id"], "finished") == (again["id"], again["status"])
    assert 1 == len(list(runs_dir.iterdir()))


def keep_final(folder):
    """Give a run that a fake worker made a snapshot to start from."""
    event = {"step": 20, "event": "snapshot", "name": "final", "file": "final.safetensors"}
    (folder / "events.jsonl").write_text(json.dumps(event) + "\n")
    (folder / "final.safetensors").touch()


def test_from_inherits_the_parent_s_spec(fake_worker, command, runs_dir):
    fake_worker("finish")
    command("run", "-q", "--optimizer", "adam", "--epochs", "3", "--perturb", "shuffle")
    parent = the_run(runs_dir)
    keep_final(parent)
    command(
        "run", "-q", "--from", f"{parent.name[:9]}@final", "--perturb", "sign-flip", "--epochs", "4"
    )
    [child] = set(runs_dir.iterdir()) - {parent}
    spec = tomllib.loads((child / "spec.toml").read_text())
    assert f"run:{parent.name}@final" == spec["initializer"]["name"]
    assert ("adam", 4) == (spec["optimizer"]["name"], spec["training"]["epochs"])
    assert ["sign-flip"] == [item["name"] for item in spec["perturbations"]]


def test_from_a_run_without_the_snapshot_starts_nothing(fake_worker, command, runs_dir):
    fake_worker("finish")
    command("run", "-q")
    status, out, err = command("run", "--from", the_run(runs_dir).name)
    assert (2, "") == (status, out)
    assert (
        "no snapshot 'final'. It kept none. To have one, run its spec again with --snapshots:"
        in err
    )
    assert 1 == len(list(runs_dir.iterdir()))


def test_from_does_not_perturb_again(fake_worker, command, runs_dir):
    fake_worker("finish")
    command("run", "-q", "--perturb", "shuffle")
    parent = the_run(runs_dir)
    keep_final(parent)
    command("run", "-q", "--from", parent.name)
    [child] = set(runs_dir.iterdir()) - {parent}
    assert not tomllib.loads((child / "spec.toml").read_text()).get("perturbations")


def test_spec_file_and_run_folder_repeat_a_run(fake_worker, command, runs_dir):
    fake_worker("finish")
    command("run", "-q", "--lr", "0.25")
    first = the_run(runs_dir)
    for again in (first / "spec.toml", first):
        command("run", "-q", str(again))
    specs = {(folder / "spec.toml").read_text() for folder in runs_dir.iterdir()}
    assert 1 == len(specs)
    assert {first.name, f"{first.name}-2", f"{first.name}-3"} == {
        f.name for f in runs_dir.iterdir()
    }


def test_plugin_of_a_spec_is_found_beside_it(fake_worker, command, runs_dir, tmp_path, monkeypatch):
    fake_worker("finish")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("LOADED = True\n")
    (tmp_path / "asked.toml").write_text('plugins = ["mine.py"]\n')
    assert 0 == command("run", "-q", "asked.toml")[0]
    spec = tomllib.loads((the_run(runs_dir) / "spec.toml").read_text())
    assert [str(tmp_path / "mine.py")] == spec["plugins"]
