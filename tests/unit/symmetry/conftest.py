"""Networks small enough to try every permutation, and random elements of their symmetries."""

import pytest
import torch
from torch import nn

from paramdyn.analysis.symmetry.alignment import Alignment


class Block(nn.Module):
    """A residual block with a projection, as ResNet has them."""

    def __init__(self, channels, out):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out)
        self.relu = nn.ReLU(inplace=True)
        self.short = None
        if channels != out:
            self.short = nn.Sequential(nn.Conv2d(channels, out, 1), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        y += x if self.short is None else self.short(x)
        return self.relu(y)


class SmallResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU())
        self.block1, self.block2 = Block(4, 4), Block(4, 6)
        self.fc = nn.Linear(6 * 4, 5)

    def forward(self, x):
        x = self.block2(self.block1(self.stem(x)))
        return self.fc(nn.functional.adaptive_avg_pool2d(x, 2).view(x.size(0), -1))


def settle(model, seed=0):
    """Give biases, norms and statistics values that a trained network could have."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if name.endswith("running_var"):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
        elif tensor.is_floating_point():
            scale = 1.0 if tensor.dim() == 1 else tensor[0].numel() ** -0.5
            tensor.copy_(torch.randn(tensor.shape, generator=generator) * scale)
    return model.eval()


@pytest.fixture
def small_resnet():
    return settle(SmallResNet())


@pytest.fixture
def settled():
    return settle


@pytest.fixture
def random_symmetry():
    def make(structure, seed=1, *, signs=True):
        generator = torch.Generator().manual_seed(seed)
        return Alignment(
            structure,
            {g.name: torch.randperm(g.units, generator=generator)
             for g in structure.groups.values()},
            {p.layer: torch.randint(
                0, 2, structure.shapes[f"{p.layer}.weight"][:1], generator=generator) * 2.0 - 1.0
             for p in structure.pairs if signs},
        )  # fmt: skip

    return make
