"""``paramdyn analyze`` as a person types it, with questions whose answers are known."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from paramdyn import catalogues
from paramdyn.errors import FailedWork
from paramdyn.specs import DatasetSpec, RunSpec

ASKED = []


@pytest.fixture
def questions(monkeypatch, full_answer):
    """Let ``known`` be answered and ``broken`` not; there is no other question."""
    registry = catalogues.QUESTIONS
    monkeypatch.setattr(registry, "_entries", {})
    monkeypatch.setattr(registry, "_objects", {})
    monkeypatch.setattr(registry, "_entry_points_read", True)
    ASKED.clear()

    def known(subjects, bench):
        ASKED.append(([subject.name for subject in subjects], bench))
        return replace(full_answer, question="known", subjects=[s.name for s in subjects])

    def broken(*_):
        raise FailedWork("broken: it does not work. Leave it.")

    registry.register("known", summary="what is known")(known)
    registry.register("broken", summary="what is broken")(broken)


@pytest.fixture
def run(made_run):
    """A run that nobody trained, and another one of seed 1."""
    specs = [RunSpec(seed=seed, dataset=DatasetSpec(name="digits")) for seed in (0, 1)]
    return [made_run(spec) for spec in specs]


@pytest.fixture(autouse=True)
def _classes(monkeypatch):
    """Runs made by hand do not say how many classes there are."""
    from paramdyn.analysis.subjects import runs

    class Dataset(dict):
        def __missing__(self, key):
            return ["0", "1"]

    plain = runs.RunSubject.__init__

    def begin(self, folder, spec, manifest, status, where):
        plain(self, folder, spec, replace(manifest, dataset=Dataset()), status, where)

    monkeypatch.setattr(runs.RunSubject, "__init__", begin)


@pytest.mark.usefixtures("questions")
def test_prints_verdicts_and_exits_well(command, run):
    status, out, err = command("analyze", "known", run[0])
    assert (0, "") == (status, err)
    assert out.startswith(f"{run[0]}  finished, step 20\n\nsupported      ")
    assert "\x1b" not in out


@pytest.mark.usefixtures("questions")
def test_a_filter_means_its_runs(command, run):
    assert 0 == command("analyze", "known", "model=lenet seed<1")[0]
    assert 0 == command("analyze", "known", "--where", "model=lenet")[0]
    assert 0 == command("analyze", "known", run[1], "seed=0", run[1])[0]
    assert [run[:1], run, run[::-1]] == [names for names, _ in ASKED]


@pytest.mark.usefixtures("questions")
def test_runs_of_one_id_are_told_apart_by_their_folders(command, run, runs_dir, tmp_path):
    first, second = run
    copy = shutil.copytree(runs_dir / first, tmp_path / "theirs" / first)
    again = runs_dir / ".." / runs_dir.name / first  # the first one, by another path
    where = [str(each) for each in (runs_dir / first, copy, again)]
    status, out, _ = command("analyze", "known", *where, second)
    names = [f"{runs_dir.name}/{first}", f"theirs/{first}", second]
    assert (0, names) == (status, ASKED[0][0])
    assert all(name in out for name in names)


@pytest.mark.usefixtures("questions")
def test_options_reach_the_bench(command, run):
    command("analyze", "known", run[0], "--images", "50", "--alphas", "5", "--draws", "7",
            "--restarts", "2", "--seed", "9", "--layers", "conv*", "--layers", "fc*",
            "--device", "cpu")  # fmt: skip
    [(_, bench)] = ASKED
    options = bench.options
    assert (50, 5, 7, 2, 9) == (options.most_images, options.alphas, options.draws,
                                options.restarts, options.seed)  # fmt: skip
    assert ("conv*", "fc*") == options.layers
    assert "cpu" == str(bench.device)


@pytest.mark.usefixtures("questions")
@pytest.mark.parametrize("asked", [["--details"], ["--json"], ["--out", "a.md"], []])
def test_details_are_computed_where_they_are_shown_or_written(
    command, run, asked, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    status, out, _ = command("analyze", "known", run[0], *asked)
    [(_, bench)] = ASKED
    assert (0, bool(asked)) == (status, bench.options.details)
    assert "--json" not in asked or "details" not in json.loads(out)["options"]


@pytest.mark.usefixtures("questions")
def test_a_question_that_fails_costs_all_only_itself(command, run):
    status, out, err = command("analyze", "all", run[0])
    assert (1, "") == (status, err)
    assert "── known: what is known ──" in out
    assert "not answered   broken  broken: it does not work. Leave it." in out
    status, out, err = command("analyze", "broken", run[0])
    assert (1, "", "paramdyn: broken: it does not work. Leave it.\n") == (status, out, err)


@pytest.mark.usefixtures("questions")
def test_json_is_one_document(command, run):
    status, out, _ = command("analyze", "all", run[0], "--json")
    facts = json.loads(out)
    assert 1 == status
    assert ["known"] == [answer["question"] for answer in facts["answers"]]
    assert [{"question": "broken", "why": "broken: it does not work. Leave it."}] == facts["failed"]
    assert ["finished", 20, 0] == [facts["subjects"][0][key] for key in ("status", "step", "seed")]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["knwon", "x"], "unknown question 'knwon'. Did you mean 'known'? "),
        (["known"], "nothing to ask about. Expected a run"),
        (["known", "nope"], "no run 'nope' among 2."),
        (["known", "model=vgg19"], "no run in"),
        (["known", "modle=vgg19"], "modle"),
        (["known", "--weights", "a.pt"], "--weights: of which model?"),
        (["known", "--weights", "a.pt", "--model", "lenett"], "lenett"),
        (["known", "a.pt", "--model", "lenet"], "there is no file 'a.pt'"),
        (["known", "--model", "lenet", "--device", "tpu"], "unknown device 'tpu'"),
        (
            ["known", "seed=0", "--layers", "conv1.*", "--layers", "cnv1.*"],
            "--layers: 'cnv1.*' matches no parameter of what is asked about. Parameters are called,"
            " for example, 'conv1.bias', 'conv1.weight'. Use a glob",
        ),
    ],
)
@pytest.mark.usefixtures("questions", "run")
def test_mistakes_are_said_in_words(command, arguments, words):
    status, out, err = command("analyze", *arguments)
    assert (2, "") == (status, out)
    assert words in err


@pytest.mark.usefixtures("questions", "run")
def test_all_wrong_names_come_at_once(command):
    _, _, err = command("analyze", "known", "nope", "nada")
    assert "2 problems" in err


def test_without_a_question_it_names_them(command):
    status, out, err = command("analyze")
    assert (2, "") == (status, out)
    for name in catalogues.QUESTIONS:
        assert name in err


@pytest.mark.usefixtures("questions")
def test_weights_of_the_user_are_asked_about(command, run, tmp_path):
    from paramdyn.models import build_model
    from paramdyn.specs import ModelSpec

    model = build_model(ModelSpec(name="lenet"), num_classes=7, image_size=32)
    torch.save(model.state_dict(), tmp_path / "a.pt")
    save_file(model.state_dict(), tmp_path / "b.safetensors")
    files = [str(tmp_path / name) for name in ("a.pt", "b.safetensors")]
    own = ("--model", "lenet", "--dataset", "digits")
    assert 0 == command("analyze", "known", "--weights", *files, *own)[0]
    assert 0 == command("analyze", "known", run[0], *files)[0]
    (tmp_path / "other").mkdir()
    torch.save(model.state_dict(), tmp_path / "other" / "a.pt")
    assert 0 == command("analyze", "known", files[0], str(tmp_path / "other" / "a.pt"), *own)[0]
    both, mixed, alike = ASKED
    assert [f"{tmp_path.name}/a.pt", "other/a.pt"] == alike[0]
    assert ["a.pt", "b.safetensors"] == both[0]
    assert [run[0], "a.pt", "b.safetensors"] == mixed[0]
    assert [7, 7] == [subject.classes for subject in both[1].subjects]


@pytest.mark.usefixtures("questions")
def test_weights_that_do_not_fit_are_refused(command, tmp_path):
    save_file({"other": torch.zeros(3)}, tmp_path / "b.safetensors")
    status, _, err = command(
        "analyze", "known", str(tmp_path / "b.safetensors"), "--model", "lenet"
    )
    assert 2 == status
    assert "no tensor of it says how many outputs lenet has" in err


def test_reach_needs_no_run(command):
    status, out, err = command("analyze", "reach", "--model", "lenet", "--image-size", "32")
    assert (0, "") == (status, err)
    assert "62,006" in out


@pytest.mark.usefixtures("questions")
def test_files_are_written_and_said(command, run, tmp_path):
    names = [str(tmp_path / f"study{suffix}") for suffix in (".md", ".csv", ".json")]
    given = [word for name in names for word in ("--out", name)]
    status, out, err = command("analyze", "known", run[0], *given)
    assert (0, "") == (status, out)
    assert f"Wrote {names[0]}." in err
    assert "Replaced" not in err
    assert f"Replaced {names[0]}." in command("analyze", "known", run[0], *given)[2]
    assert "" == command("analyze", "known", run[0], *given, "--quiet")[2]


@pytest.mark.usefixtures("questions")
def test_an_ending_that_nobody_knows_is_refused_before_any_work(command, run):
    status, _, err = command("analyze", "known", run[0], "--out", "a.docx")
    assert (2, []) == (status, ASKED)
    assert "Expected one of .md, .csv" in err


def test_explain_ends_the_page_and_needs_no_run(command):
    status, out, err = command("analyze", "reach", "--explain")
    assert (0, "") == (status, err)
    assert "structural\n  Scalars that no image" in out
    status, out, _ = command("analyze", "reach", "--model", "lenet", "--explain")
    assert 0 == status
    assert out.index("What can move") < out.index("what the numbers mean")
    asked = json.loads(command("analyze", "reach", "--explain", "--json")[1])
    assert "structural" in asked["terms"]


@pytest.mark.usefixtures("questions")
def test_pages_are_plain_when_asked(command, run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" in command("analyze", "known", run[0])[1]
    assert "\x1b" not in command("analyze", "known", run[0], "--no-color")[1]
    assert command("analyze", "known", run[0], "--ascii", "--no-color")[1].isascii()
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in command("analyze", "known", run[0])[1]


@pytest.mark.usefixtures("questions")
def test_controls_are_not_made_without_being_asked(command, run, monkeypatch):
    from paramdyn_tui.cli import analyze_controls

    monkeypatch.setattr(analyze_controls, "commands_of", lambda _: [["--epochs", "1"]])
    status, _, err = command("analyze", "known", run[0], "--make-controls")
    assert 2 == status
    assert "Add --yes to train without asking" in err


def test_words_become_options_of_run():
    from paramdyn_tui.cli.analyze_controls import run_options

    options = run_options(
        ["--from", "base", "--perturb", "sign-flip", "--controls", "--seeds", "0-5"]
    )
    assert ("base", ["sign-flip"], "all", "0-5") == (
        options.start, options.perturb, options.controls, options.seeds
    )  # fmt: skip
