"""Which tensors of a model a perturbation is applied to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase

from torch import Tensor, nn

from paramdyn.errors import BadRequest
from paramdyn.parameters import buffer_table, parameter_table
from paramdyn.registry import nearest_names
from paramdyn.specs.perturbation_text import format_perturbation
from paramdyn.specs.run_spec import PerturbationSpec


def chosen_parameters(model: nn.Module, spec: PerturbationSpec) -> dict[str, Tensor]:
    """Return the parameters that ``spec.layers`` and ``spec.norms`` choose; name -> values.

    Raises:
        BadRequest: A glob matches no parameter, or nothing is left.
    """
    values = {name: parameter.detach() for name, parameter in model.named_parameters()}
    where = f"perturbation '{format_perturbation(spec)}'"
    chosen: set[str] = set()
    for glob in _globs(spec):
        found = {name for name in values if fnmatchcase(name, glob)}
        if not found:
            near = nearest_parameters(glob, list(values))
            raise BadRequest(
                f"{where}: layers='{glob}' matches no parameter. Parameters are called, "
                f"for example, {', '.join(repr(name) for name in near)}. Use a glob over these "
                "names, such as 'conv1.*'; 'paramdyn show RUN' lists all."
            )
        chosen |= found
    if not spec.norms:
        chosen -= {info.name for info in parameter_table(model) if info.kind == "norm"}
    if not chosen:
        raise BadRequest(
            f"{where}: layers='{spec.layers}' matches norm layers only, and norms=false leaves "
            "them out. Choose other layers, or norms=true."
        )
    return {name: tensor for name, tensor in values.items() if name in chosen}


def chosen_buffers(
    model: nn.Module, spec: PerturbationSpec, parameters: Collection[str]
) -> dict[str, Tensor]:
    """Return the persistent floating-point buffers that ``spec.buffers`` adds; name -> values.

    They are those of the layers that own one of ``parameters``, and those whose own name a glob
    matches. A model without any gives none: LeNet has no buffers to perturb.

    Args:
        model: The network.
        spec: ``means`` takes running means only, ``all`` every one, ``none`` none.
        parameters: Names of the parameters that are perturbed.
    """
    if spec.buffers == "none":
        return {}
    state = model.state_dict()
    layers = {name.rpartition(".")[0] for name in parameters}
    chosen = {}
    for info in buffer_table(model):
        leaf = info.name.rpartition(".")[2]
        matched = info.layer in layers or any(fnmatchcase(info.name, g) for g in _globs(spec))
        wanted = spec.buffers == "all" or leaf == "running_mean"
        allowed = spec.norms or not leaf.startswith("running_")
        if matched and wanted and allowed and state[info.name].is_floating_point():
            chosen[info.name] = state[info.name]
    return chosen


def _globs(spec: PerturbationSpec) -> list[str]:
    return [glob.strip() for glob in spec.layers.split("|")]


def nearest_parameters(glob: str, names: Sequence[str]) -> list[str]:
    """Return up to four names that somebody may have meant by a glob that matches none."""
    stem = glob.strip("*?.")
    containing = [name for name in names if stem and stem in name]
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in names))
    near_layers = nearest_names(stem.rpartition(".")[0] or stem, layers)
    of_layers = [name for name in names if name.rpartition(".")[0] in near_layers]
    found = [*containing, *nearest_names(stem, list(names)), *of_layers]
    return list(dict.fromkeys(found or names))[:4]
