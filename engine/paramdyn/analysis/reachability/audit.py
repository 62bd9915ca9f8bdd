"""What is wrong with a model before it is trained: found from shapes alone, without data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from paramdyn.analysis.reachability.sizes import AtSize, Build, BySize
from paramdyn.analysis.reachability.ties import Ties, tied_parameters
from paramdyn.analysis.symmetry.structure import structure_of
from paramdyn.errors import BadRequest
from paramdyn.measurements.reach import Reach, structural_reach
from paramdyn.models.dry_run import output_shape
from paramdyn.parameters import parameter_table
from paramdyn.signatures import USER_CODE_FAILURES, first_line
from paramdyn.store.manifest import ParameterInfo

UNUSED = "never used in the forward pass"


@dataclass(frozen=True, slots=True)
class ParameterReach:
    """One parameter tensor.

    Attributes:
        info: Name, shape, layer and kind.
        structural: Scalars that no image can give a gradient.
        reason: Why, in words; empty when there are none.
        ties: Weights whose gradients are always equal; None when there are none.
    """

    info: ParameterInfo
    structural: int = 0
    reason: str = ""
    ties: Ties | None = None


@dataclass(frozen=True, slots=True)
class UnusedModule:
    """A module whose parameters no pass uses.

    Attributes:
        name: The outermost such module.
        scalars: Its parameters.
    """

    name: str
    scalars: int


@dataclass(frozen=True, slots=True)
class ReachAudit:
    """What can and cannot move when a model is trained on images of one size.

    Attributes:
        image_size: Height and width in pixels.
        classes: Classes of the data set.
        outputs: Logits of the model; None when its output is no tensor.
        parameters: One entry a tensor, in the model's order.
        unused_modules: Modules that no pass calls.
        unused_outputs: Logits that are never a target.
        unused_output_scalars: Weights and biases of those logits.
        zero_start: Tensors that are zero when training starts, so that relative displacement and
            sign changes are undefined for them; None when the start is not known.
        sign_channels: Channels whose sign batch normalisation cancels: 2 to that power networks
            are the same function. None when undefined.
        sign_reason: Why it is undefined; empty when it is not.
        sizes: Structural share at other image sizes, smallest first.
        vanishes_at: Smallest image size from ``image_size`` on without structural taps; None when
            no size up to 512 has none.
        notes: What limits the answer.
    """

    image_size: int
    classes: int
    outputs: int | None
    parameters: tuple[ParameterReach, ...]
    unused_modules: tuple[UnusedModule, ...] = ()
    unused_outputs: int = 0
    unused_output_scalars: int = 0
    zero_start: tuple[str, ...] | None = None
    sign_channels: int | None = None
    sign_reason: str = ""
    sizes: tuple[AtSize, ...] = ()
    vanishes_at: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def scalars(self) -> int:
        """All scalar parameters."""
        return sum(each.info.count for each in self.parameters)

    @property
    def structural(self) -> int:
        """Scalars that no image can give a gradient."""
        return sum(each.structural for each in self.parameters)

    @property
    def structural_share(self) -> float | None:
        """Their share in [0, 1]; None for a model without parameters."""
        return self.structural / self.scalars if self.scalars else None

    @property
    def tied_groups(self) -> int:
        """Groups of two or more weights whose gradients are always equal."""
        return sum(each.ties.groups for each in self.parameters if each.ties)

    @property
    def tied_scalars(self) -> int:
        """Weights in those groups."""
        return sum(each.ties.scalars for each in self.parameters if each.ties)

    @property
    def directions(self) -> int:
        """Independent directions: scalars without copies and without structural ones."""
        return sum(_directions(each) for each in self.parameters)


def reach_of(
    model: nn.Module,
    *,
    image_size: int,
    classes: int | None = None,
    in_channels: int = 3,
    gray: bool = False,
    start: Mapping[str, Tensor] | None = None,
    build: Build | None = None,
    by_size: bool = True,
) -> ReachAudit:
    """Return what can and cannot move when ``model`` is trained on square images.

    No data, no training and no values are needed: shapes decide. A fraction of a second for a
    ResNet18.

    Args:
        model: Takes images of shape (N, C, H, W); on any device, also ``meta``. Not changed.
        image_size: H and W in pixels.
        classes: Classes of the data set; None: as many as the model has outputs.
        in_channels: C.
        gray: Whether the images are one channel, repeated C times.
        start: Values at step 0, to find tensors that start at zero.
        build: Makes the model for another image size, where it depends on it.
        by_size: Whether other image sizes are looked at too.

    Raises:
        BadRequest: The model has fewer outputs than there are classes.

    Reference:
        SCIENCE.md section 3; the copies behind adaptive pooling: M24.
    """
    reach = structural_reach(model, image_size=image_size, in_channels=in_channels)
    ties, trouble = tied_parameters(
        model, image_size=image_size, in_channels=in_channels, gray=gray
    )
    parameters = _parameters(model, reach, ties)
    outputs = _outputs(model, in_channels, image_size)
    wanted = outputs if classes is None else classes
    unused, head = _unused_outputs(parameters, outputs, wanted)
    sign_channels, sign_reason = _signs(model, image_size, in_channels)
    sizes = BySize(model, in_channels=in_channels, build=build)
    vanishes_at = sizes.vanishes_at(image_size) if by_size else None
    return ReachAudit(
        image_size=image_size,
        classes=wanted or 0,
        outputs=outputs,
        parameters=parameters,
        unused_modules=tuple(_unused_modules(parameters)),
        unused_outputs=unused,
        unused_output_scalars=head,
        zero_start=_zeros(start, parameters),
        sign_channels=sign_channels,
        sign_reason=sign_reason,
        sizes=sizes.survey() if by_size else (),
        vanishes_at=vanishes_at,
        notes=tuple(note for note in (reach.note, trouble) if note),
    )


def _parameters(
    model: nn.Module, reach: Reach, ties: Mapping[str, Ties]
) -> tuple[ParameterReach, ...]:
    return tuple(
        ParameterReach(
            info=info,
            structural=reach.scalars(info.name),
            reason=reach.unreachable[info.name].reason if info.name in reach.unreachable else "",
            ties=ties.get(info.name),
        )
        for info in parameter_table(model)
    )


def _directions(each: ParameterReach) -> int:
    free = each.info.count if each.ties is None else each.ties.directions
    # Structural taps are alike for every copy of a tie, so both shares of a tensor multiply.
    return round(free * (1 - each.structural / each.info.count)) if each.info.count else 0


def _outputs(model: nn.Module, in_channels: int, image_size: int) -> int | None:
    try:
        shape = output_shape(model, in_channels=in_channels, image_size=image_size)
    except USER_CODE_FAILURES:
        return None
    return shape[-1] if shape else None


def _unused_outputs(
    parameters: tuple[ParameterReach, ...], outputs: int | None, classes: int | None
) -> tuple[int, int]:
    if outputs is None or classes is None or outputs == classes:
        return 0, 0
    if outputs < classes:
        raise BadRequest(
            f"reach: the model has {outputs} outputs and the data set {classes} classes. Expected "
            "at least one output a class. Build the model with as many."
        )
    heads = [
        each.info.layer
        for each in parameters
        if each.reason != UNUSED and len(each.info.shape) > 1 and each.info.shape[0] == outputs
    ]
    rows = [
        each.info.count // outputs
        for each in parameters
        if heads and each.info.layer == heads[-1] and each.info.shape[:1] == (outputs,)
    ]
    return outputs - classes, (outputs - classes) * sum(rows)


def _unused_modules(parameters: tuple[ParameterReach, ...]) -> list[UnusedModule]:
    """Return the outermost modules all of whose parameters are unused."""
    used = {
        prefix
        for each in parameters
        if each.reason != UNUSED
        for prefix in _prefixes(each.info.layer)
    }
    found: dict[str, int] = {}
    for each in parameters:
        if each.reason == UNUSED:
            outer = next((p for p in _prefixes(each.info.layer) if p not in used), each.info.name)
            found[outer] = found.get(outer, 0) + each.info.count
    return [UnusedModule(name, scalars) for name, scalars in found.items()]


def _prefixes(layer: str) -> list[str]:
    parts = layer.split(".") if layer else []
    return [".".join(parts[: n + 1]) for n in range(len(parts))]


def _signs(model: nn.Module, image_size: int, in_channels: int) -> tuple[int | None, str]:
    try:
        structure = structure_of(model, image_size=image_size, in_channels=in_channels)
    except BadRequest as error:
        return None, str(error)
    except USER_CODE_FAILURES as error:
        return None, first_line(error)
    channels = sum(structure.shapes[f"{pair.layer}.weight"][0] for pair in structure.pairs)
    return channels, ""


def _zeros(
    start: Mapping[str, Tensor] | None, parameters: tuple[ParameterReach, ...]
) -> tuple[str, ...] | None:
    if start is None:
        return None
    names = [each.info.name for each in parameters if each.info.count]
    return tuple(name for name in names if not start[name].any())
