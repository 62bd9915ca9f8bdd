"""LeNet as the original study trained it: two convolutions, three linear layers."""

from __future__ import annotations

import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, nn

from paramdyn.errors import BadRequest

MINIMUM_IMAGE_SIZE = 16


class LeNet(nn.Module):
    """LeNet with 6 and 16 filters and 120 and 84 hidden units.

    62,006 parameters for 3x32x32 images and 10 classes. ReLU follows max-pooling: both are
    monotonic, so the function is that of the usual order, on a quarter of the values.

    Args:
        num_classes: Width of ``fc3``.
        in_channels: Channels of the images.
        image_size: Side of the images, at least 16; decides the width of ``fc1``'s input.

    Raises:
        BadRequest: The images are too small for two convolutions and poolings.

    Reference:
        LeCun et al., "Gradient-Based Learning Applied to Document Recognition", 1998.
    """

    def __init__(self, *, num_classes: int, in_channels: int = 3, image_size: int = 32) -> None:
        super().__init__()
        if image_size < MINIMUM_IMAGE_SIZE:
            raise BadRequest(
                f"model 'lenet': images of {image_size}x{image_size} are too small: nothing is "
                f"left after two 5x5 convolutions and poolings. It needs {MINIMUM_IMAGE_SIZE}x"
                f"{MINIMUM_IMAGE_SIZE} or more. Set dataset.image_size."
            )
        side = ((image_size - 4) // 2 - 4) // 2
        self.conv1 = nn.Conv2d(in_channels, 6, 5)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * side * side, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Return logits. Shape: (N, in_channels, image_size, image_size) -> (N, num_classes)."""
        x = F.relu(F.max_pool2d(self.conv1(images), 2))
        x = F.relu(F.max_pool2d(self.conv2(x), 2))
        x = F.relu(self.fc1(x.flatten(1)))
        x = F.relu(self.fc2(x))
        return self.fc3(x)


def lenet(*, num_classes: int, in_channels: int = 3, image_size: int = 32) -> LeNet:
    """Return a LeNet with its constructor's (PyTorch's default) draw; arguments as ``LeNet``."""
    return LeNet(num_classes=num_classes, in_channels=in_channels, image_size=image_size)
