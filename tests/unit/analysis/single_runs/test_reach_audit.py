import pytest
import torch
from torch import nn

from paramdyn.analysis.questions import reach
from paramdyn.analysis.reachability import reach_of, tied_parameters
from paramdyn.analysis.subjects import model_subject
from paramdyn.catalogues import MODELS
from paramdyn.errors import BadRequest, RunNotFound
from paramdyn.specs import DatasetSpec, ModelSpec, RunSpec
from paramdyn.vision import torchvision


def built(name, **options):
    with torch.device("meta"):
        return getattr(torchvision().models, name)(**options)


@pytest.mark.parametrize(
    ("pixels", "structural", "vanishes"),
    [(28, 6_946_816, 33), (32, 6_946_816, 33), (16, 9_076_736, 33), (33, 0, 33)],
)
def test_k1_resnet18(pixels, structural, vanishes):
    audit = reach_of(built("resnet18", num_classes=10), image_size=pixels)
    assert (audit.scalars, audit.structural) == (11_181_642, structural)
    assert audit.vanishes_at == vanishes
    assert audit.sign_channels == 4800
    shares = {each.size: each.share for each in audit.sizes}
    assert shares[64] == shares[40] == 0.0
    assert shares[8] == 9_609_216 / 11_181_642


def test_k1_resnet18_by_tensor_with_reasons():
    audit = reach_of(built("resnet18", num_classes=10), image_size=32, by_size=False)
    assert {p.info.name: (p.structural, p.reason) for p in audit.parameters if p.structural} == {
        "layer4.0.conv1.weight": (
            655_360, "5 of 9 taps of 3x3 only ever meet padding: the map is 2x2"),
        **{
            f"layer4.{block}.weight": (
                2_097_152, "8 of 9 taps of 3x3 only ever meet padding: the map is 1x1")
            for block in ("0.conv2", "1.conv1", "1.conv2")
        },
    }  # fmt: skip
    assert audit.sizes == ()


def test_k1_the_share_with_1000_outputs_and_the_990_that_are_no_class():
    audit = reach_of(built("resnet18"), image_size=32, classes=10, by_size=False)
    assert round(100 * audit.structural_share, 4) == 59.4278
    assert (audit.outputs, audit.unused_outputs) == (1000, 990)
    assert audit.unused_output_scalars == 990 * 513


def test_vgg19_ties_49_weights_in_each_of_2097152_groups():
    audit = reach_of(built("vgg19", num_classes=10), image_size=32)
    assert audit.structural == 0
    assert audit.tied_groups == 2_097_152
    assert {p.ties.largest for p in audit.parameters if p.ties} == {49}
    assert audit.tied_scalars == 49 * 2_097_152
    assert audit.directions == audit.scalars - 48 * 2_097_152
    assert next(each for each in audit.sizes if each.size == 8).reason != ""


def test_at_224_pixels_vgg19_has_no_ties():
    assert tied_parameters(built("vgg19"), image_size=224) == ({}, "")


def test_gray_images_tie_the_first_layer_of_resnet18():
    ties, trouble = tied_parameters(built("resnet18"), image_size=32, gray=True)
    assert trouble == ""
    assert list(ties) == ["conv1.weight"]
    assert (ties["conv1.weight"].groups, ties["conv1.weight"].largest) == (3136, 3)


def test_lenet_has_nothing_structural_and_nothing_tied():
    audit = reach_of(MODELS.get("lenet")(num_classes=10, image_size=32), image_size=32)
    assert (audit.scalars, audit.structural, audit.tied_groups) == (62_006, 0, 0)
    assert audit.directions == 62_006
    assert audit.unused_modules == ()


class Enlarging(nn.Module):
    """A 2x2 map that adaptive pooling enlarges to 5x5, with or without dropout behind it."""

    def __init__(self, dropout):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, stride=2, padding=1)
        self.drop = nn.Dropout(0.5) if dropout else nn.Identity()
        self.fc = nn.Linear(4 * 25, 6)

    def forward(self, x):
        x = torch.sigmoid(self.conv(x))
        return self.fc(self.drop(nn.functional.adaptive_avg_pool2d(x, 5).flatten(1)))


@pytest.mark.parametrize("gray", [False, True])
def test_ties_are_those_that_a_backward_pass_shows(gray):
    torch.manual_seed(0)
    model = Enlarging(dropout=False)
    images = torch.rand(5, 1 if gray else 3, 4, 4).expand(-1, 3, -1, -1)
    nn.functional.cross_entropy(model(images), torch.arange(5)).backward()
    ties, _ = tied_parameters(model, image_size=4, gray=gray)
    for name, parameter in model.named_parameters():
        if parameter.dim() < 2:
            continue
        columns = parameter.grad.transpose(0, 1).flatten(1)
        _, sizes = torch.unique(columns, dim=0, return_counts=True)
        rest = parameter[0, 0].numel() * len(parameter)
        found = ties.get(name)
        assert (found.groups if found else 0) == int((sizes > 1).sum()) * rest
        assert (found.directions if found else parameter.numel()) == len(sizes) * rest
    assert ("conv.weight" in ties) == gray
    assert "fc.weight" in ties


def test_dropout_in_front_of_a_layer_breaks_its_ties():
    assert tied_parameters(Enlarging(dropout=True), image_size=4) == ({}, "")


def test_the_studys_replaced_fc_is_an_unused_module():
    model = built("vgg11", num_classes=10)
    with torch.device("meta"):
        model.fc = nn.Linear(512, 10)
    audit = reach_of(model, image_size=32, by_size=False)
    assert [(each.name, each.scalars) for each in audit.unused_modules] == [("fc", 5130)]
    assert audit.structural == 5130


def test_a_model_with_too_few_outputs_is_refused():
    model = MODELS.get("lenet")(num_classes=4, image_size=32)
    with pytest.raises(BadRequest, match="4 outputs and the data set 5 classes"):
        reach_of(model, image_size=32, classes=5, by_size=False)


def by_name(name, size=32, classes=10):
    spec = RunSpec(model=ModelSpec(name=name), dataset=DatasetSpec(image_size=size))
    return model_subject(spec, classes=classes)


def test_asked_of_models_that_nobody_trained(bench, check_answer):
    subjects = [by_name("resnet18"), by_name("lenet"), by_name("resnet18"), by_name("resnet18", 33)]
    rows = check_answer(reach.ask(subjects, bench))
    assert [row["model"] for row in rows["models"]] == [
        "resnet18 at 32 px", "lenet at 32 px", "resnet18 at 33 px",
    ]  # fmt: skip
    assert rows["models"][0]["structural"] == 6_946_816
    assert rows["models"][0]["vanishes_at"] == 33
    assert rows["models"][0]["zero_start"] == 20  # the shifts of 20 norms
    assert rows["models"][0]["tied"] == 0  # nothing says that the images are gray
    assert [row["structural"] for row in rows["models"][1:]] == [0, 0]
    assert len(rows["tensors"]) == 4


def test_asked_of_a_run_on_gray_images(subject, bench, check_answer):
    rows = check_answer(reach.ask([subject("base"), subject("twin")], bench))
    assert [row["groups"] for row in rows["models"]] == [150]


def test_an_untrained_model_has_a_start_and_no_end():
    model = by_name("lenet", classes=3)
    assert model.state("start")["fc3.weight"].shape == (3, 84)
    with pytest.raises(RunNotFound, match="it has not been trained"):
        model.state("end")


def test_a_tensor_that_is_tied_and_meets_padding_moves_in_what_is_left_of_both():
    """One pixel, gray: of each of 4 filters 1 of 9 taps is live, alike for 3 channels."""
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.Flatten(), nn.Linear(4, 2))
    audit = reach_of(model, image_size=1, gray=True, by_size=False)
    assert (4 * 3 * 8, 4 * 9) == (audit.structural, audit.tied_groups)
    assert 4 + 4 + 8 + 2 == audit.directions
