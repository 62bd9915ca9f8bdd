"""What a run trains and records, against a plain torch loop that measures in float64 as it goes."""

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn import catalogues
from paramdyn.catalogues import MODELS
from paramdyn.errors import BadRequest
from paramdyn.measurements.classes import CLASS_NAMES
from paramdyn.specs import ModelSpec, OptimizerSpec, RecordingSpec
from paramdyn.store.records import read
from paramdyn.training.prepare import prepare
from paramdyn.training.run import train_run


class Odd(nn.Module):
    """Every kind of parameter: grouped, depthwise, 1x1, 1-D to 5-D, tied, frozen, unused, at times
    without gradient."""

    def __init__(self, num_classes):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=4)
        self.grouped = nn.Conv2d(8, 8, 3, groups=4, padding=1)
        self.depthwise = nn.Conv2d(8, 8, 3, groups=8, padding=1, bias=False)
        self.pointwise = nn.Conv2d(8, 8, 1)
        self.norm = nn.BatchNorm2d(8)
        self.deep = nn.Conv3d(1, 2, 3, padding=1)
        self.flat = nn.Conv1d(16, 8, 3, padding=1)
        self.cube = nn.Parameter(torch.randn(2, 3, 4))
        self.scale = nn.Parameter(torch.ones(()))
        self.thin = nn.Parameter(torch.randn(4, 5, 1, 3))
        self.one, self.tied = nn.Linear(8, 8), nn.Linear(8, 8)
        self.tied.weight = self.one.weight
        self.frozen = nn.Linear(8, 8).requires_grad_(False)
        self.sometimes = nn.Linear(8, 8)
        self.never = nn.Linear(3, 3)
        self.head = nn.Linear(8, num_classes)
        self.register_buffer("passes", torch.zeros((), dtype=torch.int64), persistent=False)

    def forward(self, images):
        if self.training:
            self.passes += 1
        x = self.grouped(self.first(images).relu()).relu()
        x = self.norm(self.pointwise(self.depthwise(x)))
        x = self.deep(x[:, None]).flatten(1, 2).flatten(2)
        x = self.one(self.flat(x).relu().mean(2)).relu()
        x = self.tied(x).relu() * self.scale + self.frozen(x)
        if images.is_meta or not self.training or int(self.passes) % 3:
            x = x + self.sometimes(x).relu()
        return self.head(x) + self.cube.sum() / 100 + self.thin.square().mean()


@pytest.fixture
def odd_spec(tiny_spec, monkeypatch):
    monkeypatch.setitem(MODELS._objects, "lenet", Odd)
    return replace(tiny_spec, training=replace(tiny_spec.training, max_steps=12))


OPTIMIZERS = {
    "sgd": (OptimizerSpec(weight_decay=1e-3), torch.optim.SGD, {"momentum": 0.9}),
    "nesterov": (
        OptimizerSpec(options={"nesterov": True}),
        torch.optim.SGD,
        {"momentum": 0.9, "nesterov": True},
    ),
    "adam": (OptimizerSpec(name="adam"), torch.optim.Adam, {}),
    "adamw": (OptimizerSpec(name="adamw", weight_decay=0.01), torch.optim.AdamW, {}),
    "Rprop": (OptimizerSpec(name="Rprop"), torch.optim.Rprop, {}),
    "Adafactor": (OptimizerSpec(name="Adafactor"), torch.optim.Adafactor, {}),
}


def plain_loop(run, kind, options):
    """Yield (step, loss, now, before, gradients) of a plain module with plain parameters."""
    model = copy.deepcopy(run.model)
    for p in model.parameters():
        layout = torch.channels_last if p.dim() == 4 else torch.contiguous_format
        p.data = p.data.clone(memory_format=layout)
    spec = run.spec.optimizer
    decay = {"weight_decay": spec.weight_decay} if spec.weight_decay else {}
    fused = {"fused": True} if spec.name in ("sgd", "adam", "adamw") else {}
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = kind(trained, lr=spec.learning_rate, **decay, **fused, **options)
    numbers = lambda: [p.detach().numpy().copy() for p in model.parameters()]  # noqa: E731
    for step in range(run.total_steps):
        epoch, index = divmod(step, run.batches.steps_per_epoch)
        run.batches.start_epoch(epoch)
        images, labels = run.batches.get(index)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(images), labels)
        loss.backward()
        before = numbers()
        gradients = [0.0 if p.grad is None else p.grad.numpy().copy() for p in model.parameters()]
        optimizer.step()
        yield step + 1, loss.item(), numbers(), before, gradients


def square(a, b=None):
    a = np.asarray(a, dtype=np.float64)
    return float(((a if b is None else a - np.asarray(b, dtype=np.float64)) ** 2).sum())


def with_total(squares):
    return [math.sqrt(s) for s in (*squares, sum(squares))]


def quotients(above, below):
    return [a / b if b else math.nan for a, b in zip(above, below, strict=True)]


def expected_lines(now, start, before, last, gradients, path):
    """What must be recorded; ``path`` is extended by the way from the last record."""
    norm, first = (with_total([square(a) for a in v]) for v in (now, start))
    moved, update, chord = (
        with_total([square(a, b) for a, b in zip(now, other, strict=True)])
        for other in (start, before, last)
    )
    path[:] = [a + b for a, b in zip(path, chord, strict=True)] if path else chord
    pairs = list(zip(now, start, strict=True))
    flipped = [int((a * b < 0).sum()) for a, b in pairs]
    signed = [int(((a != 0) & (b != 0)).sum()) for a, b in pairs]
    changed = [int((a.view(np.int32) != b.view(np.int32)).sum()) for a, b in pairs]
    sizes = [a.size for a in now]
    share = lambda a, b: quotients([*a, sum(a)], [*b, sum(b)])  # noqa: E731
    return {
        "weight_norm": norm,
        "displacement": moved,
        "relative_displacement": quotients(moved, first),
        "update_norm": update,
        "update_ratio": quotients(update, norm),
        "path_length": list(path),
        "straightness": quotients(moved, path),
        "sign_changes": share(flipped, signed),
        "changed_share": share(changed, sizes),
        "gradient_norm": with_total([square(g) for g in gradients]),
    }


@pytest.mark.parametrize("when", ["every:1", "every:5"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_recorded_number(odd_spec, runs_dir, tmp_path, optimizer, when):
    asked, kind, options = OPTIMIZERS[optimizer]
    spec = replace(odd_spec, optimizer=asked, recording=RecordingSpec(when=when))
    folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    run = prepare(spec, runs=runs_dir, data_folder=tmp_path)
    lines = {(r["step"], r["measurement"]): r for r in read(folder.layout.drift)[0]}
    losses = {r["step"]: r.get("train/loss") for r in read(folder.layout.metrics)[0]}
    start = last = [p.detach().numpy().copy() for p in run.flat.parameters]
    path: list[float] = []
    for step, loss, now, before, gradients in plain_loop(run, kind, options):
        if step not in run.record_steps:
            continue
        assert losses[step] == pytest.approx(loss, rel=1e-8)
        for name, values in expected_lines(now, start, before, last, gradients, path).items():
            line = lines.pop((step, name))
            found = [math.nan if v is None else v for v in (*line["values"], line["total"])]
            if name == "gradient_norm":  # what is frozen has none
                frozen = [not info.trainable for info in run.flat.table]
                values[:-1] = [
                    math.nan if none else v for none, v in zip(frozen, values, strict=False)
                ]
            assert found == pytest.approx(values, rel=2e-8, abs=1e-300, nan_ok=True), (step, name)
        last = now
    assert {name for _, name in lines} == {"classes", "buffer_displacement", "direction_change"}
    classes = lines[12, "classes"]["total"]
    assert sum(classes.values()) == sum(p.numel() for p in run.flat.parameters)
    assert (classes["frozen"], classes["structural"]) == (72, 12)
    assert tuple(classes) == CLASS_NAMES


@pytest.mark.parametrize("when", ["every:1", "every:5"])
def test_what_adam_moved_without_any_gradient_is_decay_only_where_all_were_seen(
    tiny_spec, runs_dir, tmp_path, when
):
    """Adam rescales decay, so no closed form tells; that no gradient ever came does."""
    asked = OptimizerSpec(name="adam", weight_decay=5e-4)
    spec = replace(tiny_spec, optimizer=asked, recording=RecordingSpec(when=when))
    folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    run = prepare(spec, runs=runs_dir, data_folder=tmp_path)
    start = [p.detach().numpy().copy() for p in run.flat.parameters]
    seen = [np.zeros(p.shape, bool) for p in start]
    for _, _, now, _, gradients in plain_loop(run, torch.optim.Adam, {}):
        seen = [s | (g != 0) for s, g in zip(seen, gradients, strict=True)]
        end = now
    quiet = sum(int((~s & (a != b)).sum()) for s, a, b in zip(seen, end, start, strict=True))
    classes = [r for r in read(folder.layout.drift)[0] if r["measurement"] == "classes"]
    assert quiet > 0
    assert (quiet if when == "every:1" else 0) == classes[-1]["total"]["decay-only"]


def clipped(parameters, *, learning_rate, weight_decay=0.0):
    """A plug-in whose step looks at all gradients together."""

    class Clipped(torch.optim.SGD):
        def step(self, closure=None):
            nn.utils.clip_grad_norm_([p for g in self.param_groups for p in g["params"]], 0.01)
            return super().step(closure)

    return Clipped(parameters, lr=learning_rate, weight_decay=weight_decay)


def test_a_plug_in_optimizer_sees_all_parameters_at_once(odd_spec, runs_dir, tmp_path, monkeypatch):
    """A frozen layer cuts the flat buffer in two shards; a global norm must span both."""
    entry = catalogues.OPTIMIZERS.entry("sgd")
    monkeypatch.setitem(
        catalogues.OPTIMIZERS._entries, "clipped", replace(entry, name="clipped", options={})
    )
    monkeypatch.setitem(catalogues.OPTIMIZERS._objects, "clipped", clipped)
    spec = replace(
        odd_spec,
        optimizer=OptimizerSpec(name="clipped", learning_rate=1.0),
        recording=RecordingSpec(when="every:1"),
    )
    assert len(prepare(spec, runs=runs_dir, data_folder=tmp_path).optimizer.shards) > 1
    folder = train_run(spec, runs=runs_dir, data_folder=tmp_path)
    updates = [
        r["total"] for r in read(folder.layout.drift)[0] if r["measurement"] == "update_norm"
    ]
    assert updates == pytest.approx([0.01] * 12, rel=1e-3)


class Still(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.head = nn.Linear(3, num_classes).requires_grad_(False)

    def forward(self, images):
        return self.head(images.mean((2, 3)))


def test_a_model_with_nothing_to_train_is_refused(tiny_spec, runs_dir, tmp_path, monkeypatch):
    monkeypatch.setitem(MODELS._objects, "lenet", Still)
    with pytest.raises(BadRequest, match="nothing to train"):
        train_run(
            replace(tiny_spec, model=ModelSpec(name="lenet")), runs=runs_dir, data_folder=tmp_path
        )
    assert list(runs_dir.iterdir()) == []
