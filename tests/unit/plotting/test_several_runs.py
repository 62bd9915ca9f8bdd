import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import paramdyn_tui
from paramdyn.errors import BadRequest, RunIncomplete, UnknownName
from paramdyn_tui.plotting.export import picture_data
from paramdyn_tui.plotting.figures import draw_picture
from paramdyn_tui.plotting.picture import read_picture
from paramdyn_tui.plotting.request import Request

SCHEMA = json.loads((Path(paramdyn_tui.__file__).parent / "schemas" / "plot.json").read_text())


@pytest.fixture
def seeds(write_run, drift):
    """Four runs: three seeds, the last of which ended early, and a perturbed one."""

    def write(name, shift, steps=21, **spec):
        metrics = [
            {"step": step, "epoch": step / 10, "train/loss": 2.0 / (step + 1) + shift,
             "test/loss": 2.5 / (step + 1) + shift, "test/accuracy": min(step / 25 + shift, 1.0)}
            for step in range(steps)
        ]  # fmt: skip
        events = [{"step": 0, "event": "perturbation"}] if "perturbations" in spec else []
        timing = [{"step": steps - 1, "time": 2.0 * steps, "images_per_s": 900.0}]
        folder = write_run(name=name, metrics=metrics, drift=drift, events=events, timing=timing)
        state = json.loads(folder.layout.state.read_text())
        folder.layout.state.write_text(json.dumps(state | {"summary": {"spec": spec}}))
        return folder

    return [
        write("lenet-s0-a", 0.0),
        write("lenet-s1-b", 0.1, seed=1),
        write("lenet-s2-c", 0.2, steps=11, seed=2),
        write("lenet-flip-d", 0.3, perturbations="sign-flip"),
    ]


def draw(folders, width=80, height=24, color=False, **request):
    picture = read_picture(folders, Request(**request))
    return draw_picture(picture, width=width, height=height, color=color)


def lines_of(folders, panel=0, **request):
    return {
        line.label: line for line in read_picture(folders, Request(**request)).panels[panel].lines
    }


def parent_of(folder, parent, step):
    manifest = json.loads(folder.layout.manifest.read_text())
    content = manifest | {"parent": {"run": parent.name, "step": step}}
    folder.layout.manifest.write_text(json.dumps(content))


def test_overlay(seeds, golden):
    golden("plots/overlay-80.txt", draw(seeds, chance=True) + "\n")


def test_band(seeds, golden):
    golden("plots/band-120.txt", draw(seeds, width=120, height=36, band=True) + "\n")


def test_layers_of_two(seeds, golden):
    golden("plots/layers-80.txt", draw(seeds[:2], what=["layers", "drift"], log=True) + "\n")


@pytest.mark.parametrize("color", [True, False])
@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
@pytest.mark.parametrize(
    "request_",
    [{}, {"band": True, "smooth": 0.5}, {"what": ["drift", "layers", "classes", "curves"]},
     {"metrics": ["lr", "train.loss", "acc"], "log_x": True}],
)  # fmt: skip
def test_pictures_fit(seeds, width, color, request_):
    from paramdyn_tui.plotting.raster import strip_colors

    request_ = {**request_, "metrics": [m for m in request_.get("metrics", ()) if m != "lr"]}
    text = draw(seeds, width=width, color=color, **request_)
    assert max(len(strip_colors(line)) for line in text.split("\n")) <= width
    assert color == ("\x1b" in text)


def test_every_run_has_a_name_a_sign_and_its_values(seeds):
    lines = lines_of(seeds)
    assert ["seed 0", "seed 1", "seed 2", "sign-flip, seed 0"] == list(lines)
    assert 4 == len({(line.color, line.glyph, line.sign) for line in lines.values()})
    assert 2.6 == pytest.approx(lines["seed 1"].y[0])


def test_thirty_six_runs_are_told_apart():
    from paramdyn_tui.plotting.shown_runs import look_of

    looks = [look_of(index) for index in range(36)]
    assert 36 == len({look.glyph for look in looks}) == len({look.sign for look in looks})


def test_band_is_over_seeds_and_says_who_ended_early(seeds):
    lines = lines_of(seeds, band=True)
    assert ["unperturbed (n=3)", "sign-flip (n=1)"] == list(lines)
    band = lines["unperturbed (n=3)"]
    assert 2.6 == pytest.approx(band.y[0])
    assert 0.1 * 4.30265 / 3**0.5 == pytest.approx(band.high[0] - band.y[0])
    notes = read_picture(seeds, Request(band=True)).panels[0].notes
    assert "unperturbed: ended early: seed 2 at step 10; then the mean is of the rest" in notes
    assert "sign-flip: one run has no band" in notes


def test_a_repetition_is_no_further_sample(seeds, write_run):
    """The same spec again gives the same bits: counted twice it would narrow the band."""
    first = {"step": 0, "epoch": 0.0, "train/loss": 2.2, "test/loss": 2.7, "test/accuracy": 0.2}
    again = write_run(name="lenet-s2-e", metrics=[first])
    again.layout.state.write_text(seeds[2].layout.state.read_text())
    once, twice = (lines_of(runs, band=True) for runs in (seeds, [again, *seeds]))
    assert list(once) == list(twice)
    high = [lines["unperturbed (n=3)"].high for lines in (once, twice)]
    np.testing.assert_allclose(*high, rtol=1e-14)  # the order of the runs decides its rounding
    notes = read_picture([again, *seeds], Request(band=True)).panels[0].notes
    assert 1 == sum("repeats another with its seed, not counted: " in note for note in notes)


def test_group_by_a_field(seeds):
    assert ["seed 0 (n=2)", "seed 1 (n=1)", "seed 2 (n=1)"] == list(lines_of(seeds, group="seed"))
    with pytest.raises(UnknownName, match="unknown field 'sede'"):
        lines_of(seeds, group="sede")


def test_difference_is_to_the_base_where_both_are(seeds):
    lines = lines_of(seeds, difference="lenet-s0-a")
    assert ["seed 1", "seed 2", "sign-flip, seed 0"] == list(lines)
    np.testing.assert_allclose(0.2, lines["seed 2"].y)
    assert 11 == len(lines["seed 2"].y)
    with pytest.raises(BadRequest, match="is the only run"):
        lines_of(seeds[:1], difference="lenet-s0-a")


def test_smooth_line_keeps_the_raw_one_behind(seeds):
    (panel, _) = read_picture(seeds[:2], Request(smooth=0.9)).panels
    labels = [line.label for line in panel.lines]
    assert ["", "", "seed 0", "seed 1"] == labels
    raw, _, smooth, _ = panel.lines
    assert raw.color != smooth.color
    assert raw.y[20] < smooth.y[20]


@pytest.mark.parametrize(
    ("axis", "label", "last"),
    [("step", "step", 20.0), ("epoch", "epoch", 2.0), ("relative", "epochs since its start", 2.0),
     ("time", "seconds", 42.0), ("images", "images", 256.0)],
)  # fmt: skip
def test_axes(seeds, axis, label, last):
    for folder in seeds:
        manifest = json.loads(folder.layout.manifest.read_text())
        content = manifest | {"dataset": {"train": 128, "classes": ["a", "b"]}}
        folder.layout.manifest.write_text(json.dumps(content))
    picture = read_picture(seeds, Request(x=axis))
    assert label == picture.runs[0].axis.label
    assert last == picture.panels[0].lines[0].x[-1]


def test_images_are_those_that_were_trained_on(seeds):
    """15 images in batches of 4: the last one of each epoch has 3."""
    for folder in seeds:
        manifest = json.loads(folder.layout.manifest.read_text())
        content = manifest | {"dataset": {"train": 15, "classes": ["a"]}, "steps_per_epoch": 4}
        folder.layout.manifest.write_text(json.dumps(content))
        folder.layout.spec.write_text("[training]\nbatch_size = 4\n")
    x = read_picture(seeds[:1], Request(x="images")).panels[0].lines[0].x
    assert [0, 4, 8, 12, 15, 19, 23, 27, 30, 34] == list(x[:10])
    parent_of(seeds[1], seeds[0], 6)
    child = read_picture(seeds[:2], Request(x="images")).panels[0].lines[1].x
    assert [23, 27, 31, 35, 38] == list(child[:5])
    seeds[0].layout.spec.write_text("[training]\nbatch_size = 5\n")  # of another run
    x = read_picture(seeds[:1], Request(x="images")).panels[0].lines[0].x
    assert [0, 3.75, 7.5] == list(x[:3])


def test_child_goes_on_where_it_left_its_parent(seeds):
    parent, child, grandchild, other = seeds
    parent_of(child, parent, 20)
    parent_of(grandchild, child, 10)
    starts = [line.x[0] for line in lines_of(seeds, x="step").values()]
    assert [0.0, 20.0, 30.0, 0.0] == starts
    assert [0.0] * 4 == [line.x[0] for line in lines_of(seeds, x="relative").values()]
    assert 0.0 == lines_of([child, other], x="step")["seed 1"].x[0]


def test_circle_of_parents_ends(seeds):
    parent_of(seeds[0], seeds[1], 20)
    parent_of(seeds[1], seeds[0], 20)
    assert [20.0, 20.0] == [line.x[0] for line in lines_of(seeds[:2], x="step").values()]


def test_chance_and_target(seeds):
    loss, accuracy = read_picture(seeds, Request(target=0.9)).panels
    assert ({}, {"target 0.9": 0.9}) == (loss.references, accuracy.references)
    manifest = json.loads(seeds[0].layout.manifest.read_text())
    content = manifest | {"dataset": {"classes": list("0123456789")}}
    seeds[0].layout.manifest.write_text(json.dumps(content))
    loss, accuracy = read_picture(seeds[:1], Request(chance=True)).panels
    assert {"chance (10 classes)": 0.1} == accuracy.references
    assert {"chance (10 classes)": pytest.approx(np.log(10))} == loss.references


@pytest.mark.parametrize(
    ("word", "key"),
    [("test.acc", "test accuracy"), ("acc", "test accuracy"), ("train/loss", "train loss"),
     ("speed", "speed, images/s")],
)  # fmt: skip
def test_metrics_have_short_words(seeds, word, key):
    (panel,) = read_picture(seeds, Request(metrics=[word])).panels
    assert panel.titles[0].startswith(key)


def test_unknown_metric(seeds):
    with pytest.raises(UnknownName, match=r"unknown metric 'test.los'. Did you mean 'test.loss'"):
        read_picture(seeds, Request(metrics=["test.los"]))


def test_run_that_crashed_in_the_first_second_is_told_and_the_others_are_drawn(seeds):
    for name in ("manifest", "metrics", "drift", "timing", "state"):
        getattr(seeds[1].layout, name).unlink()
    text = draw(seeds)
    assert "3 runs" in text
    assert "lenet-s1-b:" in text
    assert "run.json: is missing" in text.replace("\n", " ")
    with pytest.raises(RunIncomplete, match=r"run\.json: is missing"):
        draw(seeds[1:2])


def test_run_without_records_is_said_to_have_none(seeds):
    seeds[1].layout.metrics.write_bytes(b"")
    seeds[1].layout.timing.unlink()
    assert "not recorded: seed 1" in draw(seeds)
    assert "seed 1" in draw(seeds, band=True)


def test_the_same_run_twice_counts_once(seeds):
    assert draw(seeds[:1]) == draw([seeds[0], seeds[0]])


def test_heatmaps_of_several_runs_share_their_scale(seeds, write_run, drift):
    for record in drift:
        if record["measurement"] == "displacement":
            record["values"] = [value * 10 for value in record["values"]]
    far = write_run(name="far", drift=drift)
    text = draw([seeds[0], far], what=["drift"], measurement="displacement", height=30)
    keys = [line for line in text.split("\n") if "displacement" in line]
    assert 2 == len(keys)
    assert 1 == len({line[-30:] for line in keys})


@pytest.mark.parametrize(
    "request_",
    [{}, {"band": True}, {"smooth": 3}, {"difference": "lenet-s0-a"}, {"chance": True},
     {"what": ["drift", "layers", "classes", "curves", "histograms"]}, {"metrics": ["speed"]}],
)  # fmt: skip
def test_data_fit_the_schema(seeds, request_):
    from paramdyn_tui.cli.output import _plain

    data = _plain(picture_data(read_picture(seeds, Request(**request_))))
    jsonschema.validate(data, SCHEMA)
    for part in request_.get("what", ["curves"]):
        assert part in data
