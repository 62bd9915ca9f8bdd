"""The line that names weights files: what it means, what is wrong with it, how it is completed."""

import pytest

from paramdyn_tui.cli.analyze_subjects import WEIGHTS_SUFFIXES
from paramdyn_tui.tui.answer_panes.weights import SUFFIXES, proposals, weights_of


@pytest.fixture
def nets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.pt", "b.pt", "other/a.pt", "my nets/c.safetensors", ".hidden/d.pt", "e.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def test_the_files_are_those_that_the_command_takes():
    assert SUFFIXES == WEIGHTS_SUFFIXES


def test_a_line_becomes_words_of_the_command(nets):
    found, problem = weights_of("a.pt 'my nets/c.safetensors' --dataset digits --model=lenet")
    assert "" == problem
    assert ["a.pt", "c.safetensors"] == found.names
    assert found.words() == [
        "--weights", str(nets / "a.pt"), "--weights", str(nets / "my nets/c.safetensors"),
        "--model", "lenet", "--dataset", "digits",
    ]  # fmt: skip
    as_typed, _ = weights_of("--weights a.pt --weights other/a.pt --model lenet --classes 7")
    assert [str(nets / "a.pt"), str(nets / "other/a.pt")] == as_typed.names
    assert ["--classes", "7"] == as_typed.words()[-2:]
    untrained, _ = weights_of("--model resnet18 --image-size 32")
    assert (["resnet18"], 4) == (untrained.names, len(untrained.words()))
    assert (None, "") == weights_of("  ")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("a.pt", "of which model"), ("e.txt --model lenet", "is no weights file"),
        ("x.pt --model lenet", "there is no file"), ("a.pt --model", "--model needs a value"),
        ("a.pt --model lenet --model vgg19", "twice"), ("a.pt 'b", "not closed"),
        ("--dataset digits", "--dataset needs --model"), ("a.pt --model lenett", "mean lenet"),
        ("a.pt --model lenet --dataset digit", "mean digits"), ("a.pt --layers x", "unknown"),
        ("a.pt --model lenet --classes 0", "a number above 0"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("nets")
def test_what_is_wrong_is_said_in_words(line, problem):
    found, said = weights_of(line)
    assert found is None
    assert problem in said


def test_each_word_is_completed(nets):
    propose = proposals()
    assert ["a.pt "] == propose("a")
    assert "b.pt " in propose("")
    assert not any("hidden" in each or "e.txt" in each for each in propose(""))
    assert ["my\\ nets/"] == propose("my")
    assert ["a.pt my\\ nets/c.safetensors "] == propose("a.pt my\\ nets/")
    assert [f"{nets}/other/"] == propose(f"{nets}/o")
    assert "a.pt --model " == propose("a.pt ")[0]
    assert ["a.pt --dataset "] == propose("a.pt --d")
    assert "a.pt --model lenet " in propose("a.pt --model le")
    assert [] == propose("nowhere/")
    assert [] == propose("a.pt --model lenet --classes ")
    proposed = propose("a.pt --model ")
    assert len(proposed) > 3
    assert all(weights_of(each)[1] == "" for each in proposed)


@pytest.mark.parametrize("path", ["~nobody-of-that-name/a.pt", f"{'a' * 300}.pt", "a.pt/b.pt"])
@pytest.mark.usefixtures("nets")
def test_a_path_that_cannot_be_is_a_file_that_is_not_there(path):
    assert "there is no file" in weights_of(f"{path} --model lenet")[1]
    assert [] == proposals()(path)
