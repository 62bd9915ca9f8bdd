import importlib.util
import io
import re

import numpy as np
import pytest
from PIL import Image

from paramdyn.errors import BadRequest
from paramdyn.store.snapshots import write_snapshot
from paramdyn_tui.plotting.paper import figure_bytes
from paramdyn_tui.plotting.picture import read_picture
from paramdyn_tui.plotting.request import PARTS, Request


@pytest.fixture
def folders(write_run, metrics, drift):
    """Two runs with all there is to draw; the loss of the first is not finite once."""
    metrics[7]["test/loss"] = float("nan")
    for record in metrics:
        record |= {"test/loss": record.get("test/loss", 1.0), "test/accuracy": 0.5}
    snapshot = {"step": 20, "event": "snapshot", "name": "final"}
    events = [{"step": 0, "event": "perturbation"}, {"step": 10, "event": "learning-rate"},
              {**snapshot, "file": "snapshots/step-00000020.safetensors"}]  # fmt: skip
    made = [
        write_run(name=name, metrics=metrics, drift=drift, events=events) for name in ("one", "two")
    ]
    for folder in made:
        tensors = {"conv1.weight": np.arange(450, dtype=np.float32)}
        write_snapshot(folder.layout.snapshot(20), tensors, {})
    return made


def content(folders, kind=".svg", **request):
    return figure_bytes(read_picture(folders, Request(**request)), kind)


def words_of(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg.decode())


def test_svg_has_equal_bytes_and_text_as_text(folders):
    first = content(folders, what=PARTS, band=True, target=0.75)
    assert first == content(folders, what=PARTS, band=True, target=0.75)
    words = words_of(first)
    expected = {"epoch", "test loss, nats", "test accuracy, share", "target 0.75", "perturbation"}
    expected |= {"learning rate", "changed", "conv1.weight", "share of all parameters"}
    assert set() == expected - set(words)
    assert b"<dc:date>" not in first


@pytest.mark.parametrize("kind", [".png", ".pdf"])
def test_other_kinds_have_equal_bytes(folders, kind):
    assert content(folders, kind) == content(folders, kind)


def test_png_opens(folders):
    with Image.open(io.BytesIO(content(folders, ".png"))) as image:
        image.load()
        assert image.width > 1000
        assert len(image.convert("RGB").getcolors(1 << 24)) > 50


@pytest.mark.parametrize(
    "request_",
    [{"log_y": True}, {"log_x": True}, {"smooth": 0.9}, {"log": True}, {"x": "step"},
     {"difference": "one"}],
)  # fmt: skip
def test_requests_change_the_figure(folders, request_):
    assert content(folders) != content(folders, **request_)


def test_values_that_are_not_finite_are_said(folders):
    assert "1x not finite" in " ".join(words_of(content(folders)))


def test_one_run_has_its_splits(folders):
    words = words_of(content(folders[:1], what=["curves"]))
    assert {"batch", "test"} <= set(words)


def test_without_matplotlib_the_extra_is_named(folders, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(BadRequest, match=r"pip install 'paramdyn\[figures\]'"):
        content(folders)
