import hashlib
import pickle
import warnings

import pytest
import torch
from safetensors.torch import save_file
from torch import nn

from paramdyn.errors import BadRequest, WeightsError
from paramdyn.initializers import InitializerContext, initialize
from paramdyn.models.lenet import lenet
from paramdyn.specs.run_spec import InitializerSpec


def load(model, path, name="weights", **context):
    spec = InitializerSpec(name=name, weights=str(path))
    return initialize(model, spec, InitializerContext(**context))


def write(path, tensors):
    if path.suffix == ".safetensors":
        save_file(tensors, path)
    else:
        torch.save({"state_dict": tensors} if path.suffix == ".pth" else tensors, path)
    return path


def normed():
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


@pytest.mark.parametrize("suffix", [".safetensors", ".pt", ".pth"])
def test_every_parameter_and_buffer_comes_back(tmp_path, suffix):
    source = normed()
    source(torch.rand(2, 3, 8, 8))
    path = write(tmp_path / f"net{suffix}", source.state_dict())
    model = normed().to(memory_format=torch.channels_last)
    storage = model[0].weight.data_ptr()
    provenance = load(model, path)
    for key, value in source.state_dict().items():
        assert torch.equal(value, model.state_dict()[key])
    assert storage == model[0].weight.data_ptr()
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert {"file": path.name, "sha256": digest} == provenance


def test_a_missing_batch_counter_is_left_as_it_is(tmp_path):
    state = normed().state_dict()
    del state["1.num_batches_tracked"]
    model = normed()
    load(model, write(tmp_path / "old.pt", state))
    assert 0 == model[1].num_batches_tracked.item()


def test_every_difference_stands_in_a_table_and_nothing_is_loaded(tmp_path):
    state = lenet(num_classes=7).state_dict()
    state["extra"] = torch.zeros(2)
    del state["conv1.bias"]
    model = lenet(num_classes=10)
    before = model.conv2.weight.clone()
    with pytest.raises(WeightsError) as caught:
        load(model, write(tmp_path / "net.safetensors", state))
    assert str(caught.value).splitlines()[1:-1] == [
        "  name        in the file  in the model",
        "  conv1.bias  -            (6,)",
        "  fc3.weight  (7, 84)      (10, 84)",
        "  fc3.bias    (7,)         (10,)",
        "  extra       (2,)         -",
    ]
    assert "4 tensor(s) do not fit the model" in str(caught.value)
    assert torch.equal(before, model.conv2.weight)


def test_of_a_hundred_differences_the_first_ten_are_shown(tmp_path):
    state = {f"other.{k:03}": torch.zeros(1) for k in range(101)}
    with pytest.raises(WeightsError, match=r"111 tensor\(s\) do not fit") as caught:
        load(lenet(num_classes=10), write(tmp_path / "net.safetensors", state))
    lines = str(caught.value).splitlines()
    assert "  and 101 more" == lines[-2]
    assert 1 + 1 + 10 + 1 + 1 == len(lines)


class Code:
    def __reduce__(self):
        return print, ("this must never be said",)


def test_what_would_run_code_is_refused(tmp_path, capsys):
    torch.save({"a": torch.zeros(1), "b": Code()}, tmp_path / "a.pt")
    (tmp_path / "b.pth").write_bytes(pickle.dumps(Code()))
    for name in ("a.pt", "b.pth"):
        with pytest.raises(WeightsError, match=r"would run code"):
            load(lenet(num_classes=10), tmp_path / name)
    assert "" == capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.safetensors", b"\x90\x00\x00", "cannot be read"),
        ("cut.pt", b"PK\x03\x04 and no more", "cannot be read"),
        ("empty.pt", b"", r"cannot be read \(it is empty\)"),
        ("empty.safetensors", b"", r"cannot be read \(it is empty\)"),
        ("net.onnx", b"", "ends with '.onnx'. Expected .safetensors, .pt or .pth"),
        ("absent.pt", None, "there is no file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=message):
        load(lenet(num_classes=10), tmp_path / name)


@pytest.mark.parametrize(
    ("content", "message"),
    [([torch.zeros(1)], "holds a list"), ({"a": 1, "b": torch.zeros(1)}, "not tensors: a")],
)
def test_files_without_a_state_dict(tmp_path, content, message):
    torch.save(content, tmp_path / "net.pt")
    with pytest.raises(WeightsError, match=message):
        load(lenet(num_classes=10), tmp_path / "net.pt")


@pytest.mark.parametrize("kind", ["meta", "nested"])
def test_tensors_without_values_of_their_own_are_refused(tmp_path, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that nested tensors are a prototype
        nested = torch.nested.nested_tensor([torch.ones(4)])
        bad = torch.ones(4, device="meta") if kind == "meta" else nested
        path = write(tmp_path / "net.pt", {**normed().state_dict(), "0.bias": bad})
        with pytest.raises(WeightsError, match=r"no values: 0.bias. Expected plain tensors"):
            load(normed(), path)


def cast(tensors, dtype):
    return {name: t.to(dtype) if t.is_floating_point() else t for name, t in tensors.items()}


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.complex64])
def test_weights_that_are_no_floating_point_are_refused_by_name(tmp_path, dtype):
    state = {**normed().state_dict()}
    state["0.bias"] = torch.ones(4).to(dtype)
    model = normed()
    before = model[0].weight.clone()
    message = f"1 tensor.s. hold another kind.*0.bias: {dtype} for torch.float32.*own weights"
    with pytest.raises(WeightsError, match=message):
        load(model, write(tmp_path / "net.pt", state))
    assert torch.equal(before, model[0].weight)


def test_quantized_and_sparse_weights_are_refused(tmp_path):
    state = {**normed().state_dict()}
    state["0.bias"] = torch.ones(4).to_sparse()
    with pytest.raises(WeightsError, match=r"0.bias: torch.sparse_coo torch.float32"):
        load(normed(), write(tmp_path / "net.pt", state))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that torch will drop quantized tensors
        state["0.bias"] = torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8)
        path = write(tmp_path / "net.pt", state)
        with pytest.raises(WeightsError, match=r"0.bias: torch.qint8 for torch.float32"):
            load(normed(), path)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_an_exact_cast_is_made_without_a_word(tmp_path, caplog, dtype):
    state = cast(cast(normed().state_dict(), dtype), torch.float32)
    state["1.running_var"][0] = torch.nan
    model = normed()
    load(model, write(tmp_path / "net.pt", cast(state, dtype)))
    for key, value in state.items():
        assert torch.equal(value.nan_to_num(), model.state_dict()[key].nan_to_num())
    assert [] == caplog.messages


def test_digits_that_a_cast_loses_are_said(tmp_path, caplog):
    state = cast(normed().state_dict(), torch.float64)
    state["0.bias"][0] = 1 / 3
    model = normed()
    load(model, write(tmp_path / "net.pt", state))
    (message,) = caplog.messages
    assert "1 tensor(s) lose digits" in message
    assert "0.bias: torch.float64" in message
    assert torch.tensor(1 / 3) == model[0].bias[0]


@pytest.mark.parametrize(("count", "fits"), [(7.0, True), (7.5, False)])
def test_a_counter_kept_as_floating_point_must_be_whole(tmp_path, count, fits):
    state = {**normed().state_dict(), "1.num_batches_tracked": torch.tensor(count)}
    model = normed()
    path = write(tmp_path / "net.pt", state)
    if fits:
        load(model, path)
        assert 7 == model[1].num_batches_tracked.item()
    else:
        with pytest.raises(WeightsError, match=r"1.num_batches_tracked: torch.float32 for"):
            load(model, path)


def test_the_file_of_the_spec_wins_over_the_context_s(tmp_path):
    ours, theirs = normed(), normed()
    path = write(tmp_path / "a.pt", ours.state_dict())
    other = write(tmp_path / "b.pt", theirs.state_dict())
    model = normed()
    assert "a.pt" == load(model, path, weights=str(other))["file"]
    assert torch.equal(ours[0].weight, model[0].weight)


def test_no_file_given():
    with pytest.raises(BadRequest, match=r"initializer.weights is empty.*--weights FILE"):
        load(lenet(num_classes=10), "")
