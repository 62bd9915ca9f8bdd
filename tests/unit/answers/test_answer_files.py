"""Answers as files: Markdown with pictures beside it, CSV that pandas reads, figures, JSON."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from paramdyn.analysis.terms import Term
from paramdyn.errors import BadRequest
from paramdyn_tui.answers import writing
from paramdyn_tui.answers.report import Report, SubjectFacts, report_data
from paramdyn_tui.answers.writing import check_out, files_of

SUBJECT = SubjectFacts("lenet-a1b2", "runs/lenet-a1b2", "finished", "lenet", "digits", 0, 20)
TERM = Term("accuracy", "Share of right answers.", "mean [a = b]", "1 / classes", "Someone 1999")


@pytest.fixture
def report(full_answer):
    return Report("recovery", {}, [SUBJECT], [full_answer], terms=[TERM])


@pytest.fixture
def written(report, tmp_path):
    """Return a function that gives the files of ``--out NAME``, by name."""

    def write(name, found=report):
        facts = {"made by": "`paramdyn analyze`"}
        return {path.name: content for path, content in files_of(found, tmp_path / name, facts)}

    return write


def test_markdown_links_its_pictures_and_names_the_page_last(written):
    files = written("study.md")
    assert "study.md" == list(files)[-1]
    page = files["study.md"].decode()
    links = re.findall(r"!\[[^]]*\]\(([^)]+)\)", page)
    assert set(links) == set(files) - {"study.md"}
    assert 5 == len(links)
    assert all(files[name].startswith(b"<?xml") for name in links)


def test_markdown_says_everything(written):
    page = written("study.md")["study.md"].decode()
    assert page.startswith("# recovery: lenet-a1b2\n")
    for text in ('- **supported**: "It comes back."', "95 % interval 1.21 to 2.25, n = 6 seeds",
                 "- **artefact (symmetry orbit)**", "[a] undefined: 0 / 0.", "| [a] |",
                 "| *Twin* |",
                 "paramdyn run runs/lenet-a1b2 --controls",
                 "Distance from the start): Share of right",
                 "| Layer | Scalars |", "Each seed", "- 2,000 test images."):  # fmt: skip
        assert text in page


def test_tables_of_markdown_have_as_many_cells_in_each_row(written):
    page = written("study.md")["study.md"].decode()
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert {9, 3, 2} == {line.replace("\\|", "").count("|") - 1 for line in rows}


def test_markdown_without_matplotlib_draws_with_characters(written, monkeypatch):
    monkeypatch.setattr(writing, "can_draw", lambda: False)
    files = written("study.md")
    assert ["study.md"] == list(files)
    assert 5 == files["study.md"].decode().count("```text")


def test_special_letters_stay_what_they_are(written, report, full_answer):
    odd = replace(full_answer, summary=["a|b <c> d_e_f *g*"])
    page = written("x.md", replace(report, answers=[odd]))["x.md"].decode()
    assert "a\\|b &lt;c&gt; d\\_e\\_f \\*g\\*" in page


def test_csv_is_one_file_a_table_and_one_of_verdicts(written, tmp_path):
    files = written("study.csv")
    tables = {f"study-recovery-{name}.csv" for name in ("layers", "seeds", "empty")}
    assert tables | {"study.csv"} == set(files)
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    layers = pd.read_csv(tmp_path / "study-recovery-layers.csv")
    assert [0.0314159, "nan"] == [layers.moved[0], str(layers.moved[1])]
    assert ["0 / 0"] == layers.moved_undefined.dropna().tolist()
    assert [0.62127, 0.62127] == layers.share.tolist()
    verdicts = pd.read_csv(tmp_path / "study.csv")
    assert ["supported", "artefact", "not supported", "inconclusive"] == verdicts.word.tolist()
    assert [1.21, 2.25] == verdicts.loc[0, ["low", "high"]].tolist()


def test_json_is_what_json_prints(written, report):
    assert report_data(report) == json.loads(written("study.json")["study.json"])


@pytest.mark.parametrize(
    ("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")]
)
def test_figures_hold_all_pictures_and_repeat_byte_for_byte(written, suffix, start):
    [content] = written(f"study{suffix}").values()
    assert content.startswith(start)
    assert [content] == list(written(f"study{suffix}").values())


def test_a_figure_without_pictures_is_refused(written, report, full_answer):
    bare = replace(report, answers=[replace(full_answer, pictures=())])
    with pytest.raises(BadRequest, match="has no picture"):
        written("study.svg", bare)


@pytest.mark.parametrize(
    ("name", "words"), [("a.docx", "ends in '.docx'"), ("nowhere/a.md", "there is no folder")]
)
def test_files_that_cannot_be_written_are_refused_before_any_work(tmp_path, name, words):
    with pytest.raises(BadRequest, match=re.escape(words)):
        check_out([tmp_path / name])


def test_figures_without_matplotlib_are_refused_before_any_work(tmp_path, monkeypatch):
    from paramdyn_tui.plotting import paper

    monkeypatch.setattr(paper.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BadRequest, match=r"pip install 'paramdyn\[figures\]'"):
        check_out([tmp_path / "a.svg"])
    check_out([tmp_path / "a.md"])


def test_short_bars_have_their_number_and_long_titles_their_lines():
    from matplotlib import pyplot as plt

    from paramdyn.analysis.answer import Bars, Heatmap
    from paramdyn_tui.plotting.answer_paper import _draw

    figure, axes = plt.subplots(1, 2)
    _draw(axes[0], Bars("b", "Far", ["child", "d1", "d2"], {"distance": [17.9, 0.0163, None]}))
    assert ["17.9", "0.0163", "undefined"] == [text.get_text() for text in axes[0].texts]
    title = "features of lenet-fashion-mnist-run-sign-flip-sgd-s0-8ca46ac9"
    values = np.zeros((2, 3))
    _draw(axes[1], Heatmap("h", "r", title, "", (), (), values, -1.0, 1.0))
    assert max(map(len, axes[1].get_ylabel().splitlines())) <= 36
    plt.close(figure)
