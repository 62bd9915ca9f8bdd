"""The pass over all parameters, in both implementations, against float64 written out."""

import math
import shutil

import numpy as np
import pytest
import torch
from torch import nn

from paramdyn.measurements.kernels import (
    COLUMNS,
    kernel_name,
    open_drift_pass,
    unpack_flags,
)
from paramdyn.native import native_library
from paramdyn.optimizers import build_optimizer
from paramdyn.parameters import FlatParameters
from paramdyn.specs import OptimizerSpec
from paramdyn.training.sharded_optimizer import ShardedOptimizer

needs_compiler = pytest.mark.skipif(
    native_library.find_compiler() is None, reason="no C compiler on this machine"
)
KERNELS = [pytest.param("native", marks=needs_compiler), "blocked"]
SPECIAL = [0.0, -0.0, math.nan, math.inf, -math.inf, 1e-38, -1e-38, 3.0e38]


class Net(nn.Module):
    """Sizes that leave tails: 27 and 3 scalars, one tensor longer than a chunk, one frozen."""

    def __init__(self, long):
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)
        self.long = nn.Parameter(torch.randn(long))
        self.frozen = nn.Parameter(torch.randn(9), requires_grad=False)
        self.short = nn.Parameter(torch.randn(3))
        self.one = nn.Parameter(torch.randn(()))


def opened(kernel, threads=1, scalars=None, frozen=True, long=40_003):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net = Net(long)
    if not frozen:
        del net.frozen
    flat = FlatParameters(net)
    start = flat.values.clone()
    shards = flat.shards(split=True, scalars=scalars or 1 << 20)
    return flat, start, open_drift_pass(flat, start, shards, kernel=kernel)


def stepped(flat, drift, change, gradients, **options):
    """Open a record, change each parameter by ``change(index, segment)``, return the sums."""
    drift.open(**{"chord_from_last": False, "keep_last": False, **options})
    for k, shard in enumerate(drift.shards):
        drift.before(k)
        for piece in shard.pieces:
            part = flat.values[piece.start : piece.stop]
            part.copy_(change(piece, part))
        parts = [
            None if (g := gradients.get(p.parameter)) is None
            else g[p.first : p.first + p.stop - p.start].contiguous()
            for p in shard.pieces
        ]  # fmt: skip
        drift.after(k, parts)
    return drift.close().numpy()


def reference(now, start, before, last, gradient):
    """The columns of one parameter, one scalar at a time in Python's float."""
    now, start, before = (t.double().tolist() for t in (now, start, before))
    square = lambda pairs: sum((a - b) * (a - b) for a, b in pairs)  # noqa: E731
    signs = [(a, b) for a, b in zip(now, start, strict=True)]
    bits = lambda v: np.float32(v).view(np.int32) if v == v else None  # noqa: E731, PLR0124
    return {
        "squared_norm": sum(a * a for a in now),
        "squared_displacement": square(zip(now, start, strict=True)),
        "squared_update": square(zip(now, before, strict=True)),
        "squared_chord": 0.0 if last is None else square(zip(now, last.tolist(), strict=True)),
        "squared_gradient": 0.0 if gradient is None else sum(g * g for g in gradient.tolist()),
        "changed": sum(bits(a) != bits(b) for a, b in signs),
        "sign_changed": sum(a * b < 0 or (a > 0 > b) or (a < 0 < b) for a, b in signs),
        "sign_defined": sum((a > 0 or a < 0) and (b > 0 or b < 0) for a, b in signs),
    }


@pytest.mark.parametrize("scalars", [1024, 16_384, 1 << 20])
@pytest.mark.parametrize("kernel", KERNELS)
def test_sums_equal_a_loop_in_float64(kernel, scalars):
    flat, start, drift = opened(kernel, scalars=scalars)
    gradients = {
        i: torch.randn(info.count) * (torch.rand(info.count) > 0.3)
        for i, info in enumerate(flat.table)
        if info.trainable and info.name != "short"
    }
    before = flat.values.clone()
    noise = torch.randn_like(flat.values) * (torch.rand_like(flat.values) > 0.5)
    last = None
    for _ in range(2):
        before = flat.values.clone()
        sums = stepped(
            flat,
            drift,
            lambda piece, part: part + noise[piece.start : piece.stop],
            gradients,
            chord_from_last=True,
            keep_last=True,
        )
        for index, info in enumerate(flat.table):
            if not info.trainable:
                assert not sums[index].any()
                continue
            expected = reference(
                flat.segment(flat.values, index),
                flat.segment(start, index),
                flat.segment(before, index),
                None if last is None else flat.segment(last, index).double(),
                gradients[index].double() if index in gradients else None,
            )
            np.testing.assert_allclose(
                sums[index], [expected[c] for c in COLUMNS], rtol=1e-12, atol=0
            )
        last = flat.values.clone()


@pytest.mark.parametrize("kernel", KERNELS)
def test_special_values_are_results(kernel):
    flat, start, drift = opened(kernel)
    index = [info.name for info in flat.table].index("long")
    flat.segment(flat.values, index)[:10] = torch.tensor([*SPECIAL, -2.0, 2.0])
    start.copy_(flat.values)
    now = torch.tensor([-0.0, -0.0, math.nan, 1.0, math.inf, -1e-38, -1e-38, 3.0e38, 0.0, -0.0])

    def change(piece, part):
        changed = part.clone()
        if piece.parameter == index and piece.first == 0:
            changed[:10] = now
        return changed

    row = dict(zip(COLUMNS, stepped(flat, drift, change, {})[index], strict=True))
    # 0.0 -> -0.0, inf -> 1, -inf -> inf, the sign of 1e-38, two that became zero: six differ;
    # NaN is the same NaN
    assert row["changed"] == 6
    # -inf -> inf and 1e-38 -> -1e-38 change sign; zeros and NaN have none
    assert row["sign_changed"] == 2
    assert row["sign_defined"] == 40_003 - 5
    assert math.isnan(row["squared_norm"])
    other = [info.name for info in flat.table].index("short")
    assert np.isfinite(stepped(flat, drift, lambda _, part: part, {})[other]).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_values_kept_before_all_shards_were_stepped_are_those_compared_with(kernel):
    """As optimizers need it that step all tensors at once."""
    flat, _, drift = opened(kernel, scalars=16_384)
    assert len(drift.shards) > 1
    kept = flat.values.clone()
    drift.open(chord_from_last=False, keep_last=False)
    for shard in drift.shards:
        for piece in shard.pieces:
            flat.values[piece.start : piece.stop] += 1.0
    for k, shard in enumerate(drift.shards):
        drift.before(k, kept)
        drift.after(k, [None] * len(shard.pieces))
    index = [info.name for info in flat.table].index("long")
    moved = flat.segment(flat.values, index).double() - flat.segment(kept, index).double()
    update = drift.close()[index, COLUMNS.index("squared_update")].item()
    assert update == pytest.approx(moved.square().sum().item(), rel=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_flags_remember_every_record(kernel):
    flat, _, drift = opened(kernel)
    index = [info.name for info in flat.table].index("long")
    first = torch.zeros(40_003)
    first[[0, 9, 40_002]] = torch.tensor([1.0, math.nan, -1e-45])
    second = torch.zeros(40_003)
    second[17] = 2.0

    def nudge(where):
        def change(piece, part):
            changed = part.clone()
            if piece.parameter == index:
                changed[where] += 1.0
            return changed

        return change

    stepped(flat, drift, nudge(3), {index: first})
    stepped(flat, drift, lambda p, _: drift.start[p.start : p.stop], {index: second})
    seen = unpack_flags(drift.ever_gradient, flat.starts[index], 40_003)
    changed = unpack_flags(drift.ever_changed, flat.starts[index], 40_003)
    assert seen.nonzero().view(-1).tolist() == [0, 9, 17, 40_002]
    assert changed.nonzero().view(-1).tolist() == [3]


@needs_compiler
@pytest.mark.parametrize("long", [40_003, 150_003, 300_003])
def test_native_sums_do_not_depend_on_threads(long):
    """Fewer than eight chunks stay on one thread; more are cut in parts, some of them shorter."""
    results = []
    for threads in (1, 2, 3, 5):
        flat, _, drift = opened("native", threads=threads, long=long)
        torch.manual_seed(1)
        noise = torch.randn_like(flat.values)
        gradients = {i: torch.randn(info.count) for i, info in enumerate(flat.table)}
        sums = stepped(flat, drift, lambda p, part, n=noise: part + n[p.start : p.stop], gradients)
        flags = (drift.ever_gradient.numpy().tobytes(), drift.ever_changed.numpy().tobytes())
        results.append((sums.tobytes(), *flags, drift.scratch.numpy().tobytes()))
    assert all(result == results[0] for result in results)


@needs_compiler
def test_native_sums_do_not_depend_on_the_processor(monkeypatch, tmp_path):
    """Compiled for this machine, and for the least any machine of its kind has: the same bytes."""
    results = []
    for flags in (native_library._FLAGS, [f for f in native_library._FLAGS if "march" not in f]):
        monkeypatch.setenv("PARAMDYN_CACHE", str(tmp_path / str(len(flags))))
        monkeypatch.setattr(native_library, "_FLAGS", flags)
        library = native_library.load.__wrapped__()
        monkeypatch.setattr(native_library, "load", lambda found=library: found)
        flat, start, drift = opened("native")
        torch.manual_seed(1)
        noise = torch.randn_like(flat.values) * (torch.rand_like(flat.values) > 0.5)
        index = [info.name for info in flat.table].index("long")
        flat.segment(start, index)[:8] = torch.tensor(SPECIAL)
        gradients = {i: torch.randn(info.count) for i, info in enumerate(flat.table)}
        gradients[index][:8] = torch.tensor(SPECIAL)
        sums = stepped(flat, drift, lambda p, part, n=noise: part + n[p.start : p.stop], gradients)
        flags_bytes = (drift.ever_gradient.numpy().tobytes(), drift.ever_changed.numpy().tobytes())
        results.append((sums.tobytes(), *flags_bytes))
        monkeypatch.undo()
    assert results[0] == results[1]


@needs_compiler
def test_native_is_chosen_on_the_cpu_and_blocked_without_a_compiler(monkeypatch):
    assert kernel_name(torch.device("cpu")) == "native"
    assert kernel_name(torch.device("meta")) == "blocked"
    monkeypatch.setattr(native_library, "load", lambda: None)
    assert kernel_name(torch.device("cpu")) == "blocked"


def test_a_missing_compiler_is_no_error(monkeypatch, caplog):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with caplog.at_level("INFO"):
        assert native_library.load.__wrapped__() is None
    assert "no C compiler" in caplog.text


@needs_compiler
def test_a_failing_compiler_is_said_and_survived(monkeypatch, caplog, tmp_path):
    monkeypatch.setenv("PARAMDYN_CACHE", str(tmp_path))
    monkeypatch.setattr(native_library, "_FLAGS", ["-this-is-no-flag"])
    assert native_library.load.__wrapped__() is None
    assert "recording uses torch" in caplog.text


@pytest.mark.parametrize(
    "spec",
    [
        OptimizerSpec(name="sgd", options={"momentum": 0.9, "nesterov": True}, weight_decay=1e-2),
        OptimizerSpec(name="adam"),
        OptimizerSpec(name="adamw", weight_decay=1e-2),
        OptimizerSpec(name="RMSprop"),
        OptimizerSpec(name="Adafactor"),
    ],
    ids=lambda spec: spec.name,
)
def test_sharded_steps_are_the_bits_of_plain_steps(spec, monkeypatch):
    """Cut into shards of 1,024 scalars or not at all, measured or not: the same parameters."""
    monkeypatch.setitem(FlatParameters.shards.__kwdefaults__, "scalars", 1024)

    def parameters(mode):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(70, 40), nn.Linear(40, 3))
        stream = torch.Generator().manual_seed(1)
        flat = FlatParameters(net)
        if mode == "plain":
            plain = [nn.Parameter(p.detach().clone()) for p in net.parameters()]
            optimizer = build_optimizer(plain, spec)
            for _ in range(4):
                for p in plain:
                    p.grad = torch.randn(p.shape, generator=stream)
                optimizer.step()
            return [p.detach() for p in plain]
        optimizer = ShardedOptimizer(flat, spec)
        drift = open_drift_pass(flat, flat.values.clone(), optimizer.shards, kernel="blocked")
        for _ in range(4):
            for p in flat.parameters:
                p.grad = torch.randn(p.shape, generator=stream)
            if mode == "measured":
                drift.open(chord_from_last=False, keep_last=False)
            optimizer.step(drift if mode == "measured" else None)
            optimizer.drop_gradients()
        return [p.detach().clone() for p in flat.parameters]

    plain = parameters("plain")
    for mode in ("sharded", "measured"):
        assert all(torch.equal(a, b) for a, b in zip(plain, parameters(mode), strict=True))


@pytest.fixture(scope="module")
def largest_layer():
    """VGG19's first linear layer, and its sum of squares."""
    count = 102_760_448
    layer = nn.Module()
    layer.weight = nn.Parameter(torch.empty(count).normal_(0, 0.01, generator=torch.Generator()))
    parts = layer.weight.detach().split(1 << 22)
    return layer, sum(float(np.square(part.numpy().astype(np.float64)).sum()) for part in parts)


@pytest.mark.slow
def test_k13_a_float32_sum_of_the_largest_layer_would_be_wrong(largest_layer):
    """It has 102,760,448 entries, of which a float32 sum loses 0.96 %."""
    squares = np.square(largest_layer[0].weight.detach()[:40_000_000].numpy())
    running = np.add.accumulate(squares, dtype=np.float32)[-1]
    exact = float(squares.astype(np.float64).sum())
    assert abs(math.sqrt(running) / math.sqrt(exact) - 1) > 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("kernel", KERNELS)
def test_k13_the_sum_of_the_largest_layer_is_exact(kernel, largest_layer):
    layer, exact = largest_layer
    flat = FlatParameters(layer)
    drift = open_drift_pass(
        flat, torch.zeros_like(flat.values), flat.shards(split=True), kernel=kernel
    )
    sums = stepped(flat, drift, lambda _, part: part, {})[0]
    assert sums[0] == pytest.approx(exact, rel=1e-12)
    assert sums[1] == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_record_s_sums_are_never_written_again(kernel):
    """Rows wait to be read, so a later record may not touch them; 150 need more room than one."""
    flat, _, drift = opened(kernel)
    rows = []
    for step in range(150):
        stepped(flat, drift, lambda _, part, value=step: torch.full_like(part, value), {})
        rows.append(drift.close())
    index = [info.name for info in flat.table].index("short")
    norms = [row[index, COLUMNS.index("squared_norm")].item() for row in rows]
    assert norms == [3.0 * step * step for step in range(150)]


def carry_run(kernel, *, carries, follows, gap=()):
    """The sums of six records; before those in ``gap`` the values are changed unrecorded."""
    flat, _, drift = opened(kernel, frozen=False)
    assert len(drift.shards) == 1
    assert not drift.carries, "a module of a test may change its parameters"
    drift.carries = carries
    stream = torch.Generator().manual_seed(1)
    sums = []
    for step in range(6):
        noise = torch.randn(flat.values.numel(), generator=stream)
        if step in gap:
            for piece in drift.shards[0].pieces:
                flat.values[piece.start : piece.stop] += 1.0
        sums.append(
            stepped(
                flat,
                drift,
                lambda p, part, n=noise: part + n[p.start : p.stop],
                {},
                follows=follows and step > 0 and step not in gap,
                followed=True,
            ).tobytes()
        )
        assert drift.carried == carries
    return sums


@needs_compiler
@pytest.mark.parametrize("gap", [(), (2,), (1, 2, 4)])
def test_carried_values_are_the_bits_of_copied_ones(gap):
    copied = carry_run("native", carries=False, follows=False, gap=gap)
    assert carry_run("native", carries=True, follows=True, gap=gap) == copied


@needs_compiler
def test_a_record_opened_alike_has_the_sums_of_one_opened_anew():
    """More records than rows are made room for at a time; one of them is resumed before."""
    rows = {}
    for alike in (False, True):
        flat, _, drift = opened("native", frozen=False)
        drift.carries = True
        stream = torch.Generator().manual_seed(1)
        rows[alike], opened_alike = [], []
        for step in range(150):
            if step == 100:
                drift.carried = False
            was_opened = alike and drift.open_alike()
            opened_alike.append(was_opened)
            if not was_opened:
                options = {"follows": step > 0, "followed": True}
                drift.open(chord_from_last=False, keep_last=False, **options)
            drift.before(0)
            flat.values.add_(torch.randn(flat.values.numel(), generator=stream))
            drift.after(0, [None] * len(drift.shards[0].pieces))
            rows[alike].append(drift.close())
    assert opened_alike.count(True) > 140
    assert not any(opened_alike[k] for k in (0, 1, 100, 101))
    for anew, same in zip(*rows.values(), strict=True):
        assert torch.equal(anew, same)


@needs_compiler
def test_what_was_carried_is_used_once_and_only_by_the_next_step():
    flat, _, drift = opened("native", frozen=False)
    drift.carries = True
    same = lambda _, part: part  # noqa: E731
    update = COLUMNS.index("squared_update")
    stepped(flat, drift, same, {}, followed=True)
    for name in ("long", "short"):
        flat.segment(flat.values, [i.name for i in flat.table].index(name)).add_(1.0)
    assert stepped(flat, drift, same, {}, follows=False, followed=True)[:, update].sum() == 0
    drift.carried = False  # as resuming does
    flat.segment(flat.values, [i.name for i in flat.table].index("short")).add_(1.0)
    assert stepped(flat, drift, same, {}, follows=True, followed=False)[:, update].sum() == 0
    flat.segment(flat.values, [i.name for i in flat.table].index("short")).add_(1.0)
    assert stepped(flat, drift, same, {}, follows=True, followed=True)[:, update].sum() == 0


@needs_compiler
def test_only_one_shard_of_known_modules_is_carried():
    flat = FlatParameters(nn.Linear(70, 40))
    shards = {n: flat.shards(split=True, scalars=n) for n in (1024, 1 << 20)}
    carries = {
        n: open_drift_pass(flat, flat.values.clone(), shards[n], kernel="native").carries
        for n in shards
    }
    assert carries == {1024: False, 1 << 20: True}


@needs_compiler
def test_keeping_for_a_chord_goes_before_carrying():
    flat, _, drift = opened("native", frozen=False)
    drift.carries = True
    stepped(flat, drift, lambda _, part: part + 1, {}, keep_last=True, followed=True)
    assert not drift.carried
    index = [info.name for info in flat.table].index("long")
    assert torch.equal(flat.segment(drift.last, index), flat.segment(flat.values, index))
