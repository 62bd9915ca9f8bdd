import hashlib
import pickle

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
        ("empty.pt", b"", "cannot be read"),
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


def test_no_file_given():
    with pytest.raises(BadRequest, match=r"initializer.weights is empty.*--weights FILE"):
        load(lenet(num_classes=10), "")
