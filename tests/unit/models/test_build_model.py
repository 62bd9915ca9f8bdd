import sys
import textwrap

import pytest
import torch

from paramdyn import seeding
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.models import build_model
from paramdyn.models.dry_run import output_shape
from paramdyn.specs.run_spec import ModelSpec

FACTORIES = """
    import torch
    from torch import nn

    def good(num_classes, width=3):
        return nn.Sequential(nn.Conv2d(3, width, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
                             nn.Linear(width, num_classes))

    def anything(**options):
        return good(**options)

    def wrong_width(image_size):
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * image_size**2, 4))

    def fails():
        raise KeyError("no such thing")

    def no_module(num_classes):
        return {"classes": num_classes}

    class OnTheCpuOnly(nn.Module):
        def __init__(self, num_classes):
            super().__init__()
            self.norm = nn.BatchNorm2d(3)
            self.classes = num_classes
            self.register_buffer("calls", torch.zeros(1))
            self.training_seen = None

        def forward(self, images):
            self.training_seen = self.training
            self.calls.add_(1)
            values = self.norm(images).mean((1, 2, 3)).tolist()
            torch.rand(3)
            return torch.tensor([[v] * self.classes for v in values])

    def pair(num_classes):
        class Pair(nn.Module):
            def forward(self, images):
                return images, images
        return Pair()

    number = 3
"""


@pytest.fixture
def own_models(tmp_path, monkeypatch):
    """A folder with a module of the user's, as the current directory."""
    (tmp_path / "own_models.py").write_text(textwrap.dedent(FACTORIES))
    (tmp_path / "broken_models.py").write_text("import torhc\n")
    (tmp_path / "unfinished_models.py").write_text("def (\n")
    monkeypatch.chdir(tmp_path)
    yield "own_models"
    for name in ("own_models", "broken_models", "unfinished_models"):
        sys.modules.pop(name, None)


def build(name, *, num_classes=5, image_size=32, in_channels=3, **options):
    spec = ModelSpec(name=name, options=options)
    return build_model(
        spec, num_classes=num_classes, image_size=image_size, in_channels=in_channels
    )


def test_a_factory_in_the_current_directory(own_models):
    path = list(sys.path)
    model = build(f"{own_models}:good", width=7)
    assert (7, 5) == (model[0].out_channels, model[3].out_features)
    assert path == sys.path


def test_a_factory_with_any_keyword_gets_the_classes_and_the_options(own_models):
    model = build(f"{own_models}:anything", width=4)
    assert (4, 5) == (model[0].out_channels, model[3].out_features)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent_models:good", "cannot import 'absent_models'.*No module named"),
        ("broken_models:good", "cannot import 'broken_models'.*No module named 'torhc'"),
        ("unfinished_models:good", "cannot import 'unfinished_models'.*SyntaxError"),
        ("own_models:goood", "has no 'goood'. Did you mean 'good'"),
        ("own_models:number", "'number' is a int, which cannot be called"),
        ("own_models:", "is not 'package.module:factory'"),
        ("own_models:fails", "its factory failed with KeyError"),
        ("own_models:no_module", "returned a dict. Expected a torch.nn.Module"),
        ("own_models:wrong_width", r"gives shape \(2, 4\). Expected \(2, 5\)"),
        ("own_models:pair", r"gives no tensor. Expected \(2, 5\)"),
    ],
)
@pytest.mark.usefixtures("own_models")
def test_what_is_wrong_with_a_factory_is_said(name, message):
    with pytest.raises(BadRequest, match=message):
        build(name)


def test_an_unknown_option_lists_the_accepted_ones(own_models):
    with pytest.raises(BadRequest, match=r"unknown option 'widht'.*'width'(.|\n)*accepted.*width"):
        build(f"{own_models}:good", widht=7)
    with pytest.raises(BadRequest, match=r"unknown option 'width'(.|\n)*accepted options: none"):
        build("lenet", width=7)


def test_the_dry_run_leaves_mode_buffers_and_random_numbers_alone(own_models):
    with seeding.global_stream(0, "test"):
        model = build(f"{own_models}:OnTheCpuOnly")
        drawn = torch.rand(2)
    with seeding.global_stream(0, "test"):
        assert torch.equal(torch.rand(2), drawn)
    assert model.training_seen is False
    assert model.training
    assert model.norm.training
    assert torch.equal(torch.zeros(3), model.norm.running_mean)
    assert 0 == model.calls.item()


def test_the_constructor_draws_from_the_stream_and_nothing_else_does():
    with seeding.global_stream(3, "initialization"):
        model = build("lenet")
        after = torch.rand(1)
    with seeding.global_stream(3, "initialization"):
        from paramdyn.models.lenet import LeNet

        plain = LeNet(num_classes=5)
        assert torch.equal(after, torch.rand(1))
    assert all(
        torch.equal(a, b) for a, b in zip(plain.parameters(), model.parameters(), strict=True)
    )


def test_a_model_on_the_meta_device_is_only_tried_there():
    with torch.device("meta"):
        model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 4))
    assert (2, 4) == output_shape(model, in_channels=3, image_size=2)


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownName, match=r"unknown model 'resnet81'. Did you mean 'resnet18'"):
        build("resnet81")


@pytest.mark.parametrize(
    ("name", "size", "works"),
    [("alexnet", 32, 64), ("inception_v3", 32, 75), ("vit_h_14", 32, 42), ("maxvit_t", 32, 224)],
)  # fmt: skip
def test_an_image_size_that_does_not_fit_is_answered_with_one_that_does(name, size, works):
    with pytest.raises(BadRequest, match=f"Set dataset.image_size = {works}."):
        build(name, image_size=size)


def test_torchvision_options_reach_the_model_and_unknown_ones_are_explained():
    assert build("squeezenet1_1", dropout=0.25).classifier[0].p == 0.25
    with pytest.raises(BadRequest, match=r"unknown option 'droput'. Did you mean 'dropout'"):
        build("squeezenet1_1", droput=0.25)
    with pytest.raises(
        BadRequest, match=r"'weights' .choose the initializer 'pretrained' instead."
    ):
        build("resnet18", weights="DEFAULT")
    with pytest.raises(BadRequest, match=r"images of 3 channels, not 1"):
        build("resnet18", in_channels=1)
