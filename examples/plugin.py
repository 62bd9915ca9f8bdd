"""One of each: a plug-in that adds a name to every catalogue of paramdyn.

    paramdyn run --plugin examples/plugin.py --model two-layer --dataset stripes \
        --init small --optimizer sign-sgd --lr 0.0005 --schedule triangle \
        --perturb mask:0.1 --measure displacement,largest_move --epochs 3

The run folder keeps a copy of this file, so the run can be repeated when the file has changed.
Its question is asked of any run:

    paramdyn analyze largest RUN --plugin examples/plugin.py
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from paramdyn import catalogues
from paramdyn.analysis.answer import Answer, Column, Table
from paramdyn.analysis.bench import Bench
from paramdyn.analysis.subjects import END, UNTRAINED, Subject
from paramdyn.analysis.terms import Term
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset
from paramdyn.initializers import InitializerContext
from paramdyn.measurements.measurement import Context, Measurement, Values
from paramdyn.seeding import generator
from paramdyn.specs.learning_rate import Progress


@catalogues.MODELS.register("two-layer", options={"hidden": 64})
def two_layer(*, num_classes: int, in_channels: int, image_size: int, hidden: int) -> nn.Module:
    """One hidden layer."""
    scalars = in_channels * image_size**2
    return nn.Sequential(
        nn.Flatten(), nn.Linear(scalars, hidden), nn.ReLU(), nn.Linear(hidden, num_classes)
    )


@catalogues.DATASETS.register("stripes", options={"images": 512})
def stripes(request: DatasetRequest) -> ImageDataset:
    """Noise with horizontal (class 0) or vertical (class 1) stripes."""
    count = int(request.options["images"])
    labels = torch.arange(count) % 2
    images = torch.randint(0, 128, (count, 1, 28, 28), generator=generator(0, "stripes"))
    images[labels == 0, :, ::4, :] += 127
    images[labels == 1, :, :, ::4] += 127
    images = images.to(torch.uint8)
    half = count // 2
    return ImageDataset(
        name=request.name,
        train_images=images[:half],
        train_labels=labels[:half],
        test_images=images[half:],
        test_labels=labels[half:],
        class_names=("horizontal", "vertical"),
    )


@catalogues.INITIALIZERS.register("small")
def small(model: nn.Module, context: InitializerContext) -> None:
    """Normal values with deviation 0.01, from a stream of this initializer's own."""
    stream = generator(context.seed, "small")
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.01 * torch.randn(parameter.shape, generator=stream))


class SignSGD(torch.optim.Optimizer):
    """Every scalar moves by the learning rate, against the sign of its gradient."""

    def __init__(self, parameters: list[Tensor], learning_rate: float) -> None:
        super().__init__(parameters, {"lr": learning_rate})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]  # noqa: ARG002
        """Update the parameters in place."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.sub_(group["lr"] * parameter.grad.sign())


@catalogues.OPTIMIZERS.register("sign-sgd", options={})
def sign_sgd(parameters: list[Tensor], *, learning_rate: float, weight_decay: float) -> SignSGD:
    """SGD on the sign of the gradient (Bernstein et al. 2018)."""
    if weight_decay:
        raise ValueError("sign-sgd has no weight decay")
    return SignSGD(parameters, learning_rate)


@catalogues.SCHEDULES.register("triangle", options={})
def triangle(progress: Progress) -> float:
    """Up to the middle of the run, then down."""
    share = (progress.step + 1) / progress.total_steps
    return 2 * min(share, 1 - share) + 0.01


@catalogues.PERTURBATIONS.register("mask", options={"amount": 0.1})
def mask(values: Tensor, *, generator: torch.Generator, amount: float) -> None:
    """Set a random share of the values to zero."""
    values.mul_(torch.rand(values.shape, generator=generator).to(values.device) >= amount)


def _largest_moves(context: Context) -> list[Values]:
    moves = [
        (context.values(index) - context.start(index)).abs().max().item()
        for index in range(len(context.table))
    ]
    return [Values([*moves], max(moves))]


catalogues.MEASUREMENTS.register("largest_move", summary="largest distance of a value")(
    Measurement(
        name="largest_move",
        unit="weight",
        needs=frozenset(),
        compute=_largest_moves,
        formula="max |theta_t - theta_0|",
        reference="the Chebyshev distance",
        reads_tensors=True,
    )
)


TERMS = (
    Term(
        name="largest",
        definition="The largest absolute value of all parameters.",
        formula="max |theta|",
        null="that of the untrained network",
        reference="the Chebyshev norm",
    ),
)
"""What ``--explain`` says of the numbers of the question below."""


@catalogues.QUESTIONS.register("largest")
def largest(subjects: Sequence[Subject], bench: Bench) -> Answer:
    """How large the largest parameter is, beside that of the untrained network."""
    columns = (
        Column("run", "run", "text"),
        Column("largest", "largest", "number", "largest"),
        Column("untrained", "untrained", "number", "largest", null=True),
    )
    rows = []
    for done, subject in enumerate(subjects):
        bench.progress("looking", done, len(subjects))
        now, before = (
            max(float(state[info.name].abs().max()) for info in subject.parameters)
            for state in (subject.state(END), subject.state(UNTRAINED))
        )
        rows.append({"run": subject.name, "largest": now, "untrained": before})
    table = Table("largest", "Largest parameters", columns, rows)
    return Answer("largest", [subject.name for subject in subjects], tables=[table])
