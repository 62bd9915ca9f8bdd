"""``pretrained`` without a network: a stand-in for torchvision's download."""

import urllib.error

import pytest
import torch

from paramdyn.errors import BadRequest, WeightsError
from paramdyn.initializers import InitializerContext, initialize
from paramdyn.models import build_model
from paramdyn.specs.run_spec import InitializerSpec, ModelSpec


def build(name, num_classes):
    return build_model(ModelSpec(name=name), num_classes=num_classes, image_size=64)


def pretrained(model, name, **context):
    context = InitializerContext(model_name=name, **context)
    return initialize(model, InitializerSpec(name="pretrained"), context)


@pytest.mark.parametrize(
    ("classes", "fresh"), [(10, ["classifier.1.weight", "classifier.1.bias"]), (1000, [])]
)
def test_all_but_a_head_of_another_width_is_loaded(tmp_path, classes, fresh):
    source = build("squeezenet1_1", 1000).state_dict()
    torch.save(source, tmp_path / "squeezenet.pth")
    model = build("squeezenet1_1", classes)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    provenance = pretrained(
        model, "squeezenet1_1", num_classes=classes, weights=str(tmp_path / "squeezenet.pth")
    )
    assert fresh == provenance["fresh"]
    assert "squeezenet.pth" == provenance["file"]
    for key, value in model.state_dict().items():
        assert torch.equal(before[key] if key in fresh else source[key], value)


def test_old_densenet_names_and_auxiliary_heads_are_understood(tmp_path):
    source = build("densenet121", 10).state_dict()
    old = {
        key.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): value
        for key, value in source.items()
    }
    torch.save({**old, "aux1.fc.weight": torch.zeros(3)}, tmp_path / "old.pth")
    model = build("densenet121", 10)
    pretrained(model, "densenet121", weights=str(tmp_path / "old.pth"))
    assert all(torch.equal(source[key], value) for key, value in model.state_dict().items())


def test_another_difference_than_the_classes_is_an_error(tmp_path):
    torch.save(build("squeezenet1_0", 10).state_dict(), tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"features.0.weight +\(96, 3, 7, 7\) +\(64, 3, 3, 3\)"):
        pretrained(build("squeezenet1_1", 10), "squeezenet1_1", weights=str(tmp_path / "other.pth"))


def test_a_head_with_other_inputs_is_an_error(tmp_path):
    state = build("squeezenet1_1", 1000).state_dict()
    state["classifier.1.weight"] = torch.zeros(1000, 256, 1, 1)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"classifier.1.weight +\(1000, 256, 1, 1\) +\(10, 512"):
        pretrained(build("squeezenet1_1", 10), "squeezenet1_1", weights=str(tmp_path / "other.pth"))


def test_a_bias_of_another_length_is_no_head(tmp_path):
    state = build("squeezenet1_1", 1000).state_dict()
    state["features.0.bias"] = torch.zeros(63)
    torch.save(state, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match=r"features.0.bias +\(63,\) +\(64,\)"):
        pretrained(build("squeezenet1_1", 10), "squeezenet1_1", weights=str(tmp_path / "other.pth"))


def test_without_a_network_the_file_its_folder_and_the_option_are_named(tmp_path, monkeypatch):
    def no_network(*_, **__):
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("urllib.request.urlopen", no_network)
    monkeypatch.setattr("torch.hub.urlopen", no_network)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(WeightsError) as caught:
        pretrained(build("resnet18", 10), "resnet18")
    message = str(caught.value)
    assert "'resnet18-f37072fd.pth' is not in " in message
    assert str(tmp_path / "hub" / "checkpoints") in message
    assert "https://download.pytorch.org/models/resnet18-f37072fd.pth" in message
    assert "--weights FILE" in message


def test_a_model_that_torchvision_has_no_weights_for():
    with pytest.raises(BadRequest, match=r"model 'lenet' has no weights in torchvision"):
        pretrained(build("lenet", 10), "lenet")
