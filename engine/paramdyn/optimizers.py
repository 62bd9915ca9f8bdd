"""How a gradient becomes a step: optimizers by name, and what is known about each in advance."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from paramdyn.catalogues import OPTIMIZERS, REFUSED_OPTIMIZERS
from paramdyn.errors import BadRequest, UnknownName
from paramdyn.registry import unknown_name
from paramdyn.signatures import call_with_options, check_options, first_line, parameters_of
from paramdyn.specs.run_spec import OptimizerSpec

_FUSED = {"SGD", "Adam", "AdamW"}
_FUSED_DEVICES = {"cpu", "cuda"}
_ENGINE_OPTIONS = {"params", "lr", "weight_decay", "foreach", "fused", "capturable",
                   "differentiable"}  # fmt: skip
_ELEMENTWISE = {"SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad",
                "Adadelta", "ASGD", "Rprop"}  # fmt: skip
_SEPARATE = _ELEMENTWISE | {"Adafactor", "Muon"}
_STILL_WITHOUT_GRADIENT = _SEPARATE - {"ASGD"}  # ASGD always decays


def build_optimizer(parameters: Sequence[Tensor], spec: OptimizerSpec) -> torch.optim.Optimizer:
    """Return the optimizer that ``spec`` names over ``parameters``.

    SGD, Adam and AdamW use torch's fused kernels on CPU and CUDA. The tensors may be slices of a
    flat buffer that require no gradient and have ``.grad`` set.

    Args:
        parameters: What it steps; every one a float32 tensor.
        spec: Name, learning rate, weight decay and options.

    Raises:
        UnknownName: No such optimizer here or in ``torch.optim``.
        BadRequest: An option it does not take, or a value or parameter it refuses.
    """
    where = f"optimizer '{spec.name}'"
    keywords = {"learning_rate": spec.learning_rate, "weight_decay": spec.weight_decay}
    try:
        if spec.name in OPTIMIZERS:
            return _registered(parameters, spec, keywords)
        kind = _torch_class(spec.name)
        accepted = [name for name in parameters_of(kind) if name not in _ENGINE_OPTIONS]
        check_options(f"{where}: optimizer.options", spec.options, accepted)
        _refuse_parameters(kind, parameters)
        return _build(kind, parameters, **keywords, **spec.options)
    except (TypeError, ValueError) as error:
        raise BadRequest(
            f"{where}: torch refuses its settings ({first_line(error)}). "
            "Correct optimizer.options or optimizer.learning_rate."
        ) from error


def _registered(
    parameters: Sequence[Tensor], spec: OptimizerSpec, keywords: Mapping[str, float]
) -> torch.optim.Optimizer:
    options = {**(OPTIMIZERS.entry(spec.name).options or {}), **spec.options}
    optimizer = call_with_options(
        f"optimizer '{spec.name}': optimizer.options",
        OPTIMIZERS.get(spec.name),
        (list(parameters),),
        keywords=keywords,
        options=options,
    )
    if not isinstance(optimizer, torch.optim.Optimizer):
        raise BadRequest(
            f"optimizer '{spec.name}': its function returned a {type(optimizer).__name__}. "
            "Expected a torch.optim.Optimizer."
        )
    return optimizer


def sgd(
    parameters: Sequence[Tensor],
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
    momentum: float = 0.9,
    dampening: float = 0.0,
    nesterov: bool = False,
) -> torch.optim.Optimizer:
    """Return stochastic gradient descent: v = momentum v + (1 - dampening) g; w = w - lr v.

    The first step takes v = g whole. Weight decay is added to g.

    Reference:
        Sutskever et al., "On the importance of initialization and momentum in deep learning", 2013.
    """
    return _build(
        torch.optim.SGD,
        parameters,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        momentum=momentum,
        dampening=dampening,
        nesterov=nesterov,
    )


def adam(
    parameters: Sequence[Tensor],
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
    betas: Sequence[float] = (0.9, 0.999),
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> torch.optim.Optimizer:
    """Return Adam; weight decay is added to the gradient, so it is rescaled with it.

    Reference:
        Kingma & Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980.
    """
    return _build(
        torch.optim.Adam,
        parameters,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        betas=betas,
        eps=eps,
        amsgrad=amsgrad,
    )


def adamw(
    parameters: Sequence[Tensor],
    *,
    learning_rate: float,
    weight_decay: float = 0.0,
    betas: Sequence[float] = (0.9, 0.999),
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> torch.optim.Optimizer:
    """Return Adam with weight decay apart from the gradient: w = (1 - lr decay) w first.

    Reference:
        Loshchilov & Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101.
    """
    return _build(
        torch.optim.AdamW,
        parameters,
        learning_rate=learning_rate,
        weight_decay=weight_decay,
        betas=betas,
        eps=eps,
        amsgrad=amsgrad,
    )


def is_elementwise(name: str) -> bool:
    """Tell whether the update of one scalar depends on that scalar and its gradients alone.

    Such an optimizer may step a parameter in pieces. The bits stay the same when the cuts are at
    multiples of 16 scalars: a vector's remainder is computed one by one, and rounds otherwise
    than the vectors do. False for a name that is not torch's.
    """
    return _class_name(name) in _ELEMENTWISE


def is_separate(name: str) -> bool:
    """Tell whether the update of a parameter depends on that parameter and its gradients alone.

    Such an optimizer may step parameters in groups, one after another. False for a name that is
    not torch's: a plug-in may clip the norm of all gradients together.
    """
    return _class_name(name) in _SEPARATE


def decay_ratio(spec: OptimizerSpec, learning_rates: Sequence[float]) -> float | None:
    """Return w_T / w_0 of a scalar whose gradient is zero at every step, in float64.

    SGD: v = momentum v + (1 - dampening) decay w, whole at the first step; w = w - lr v, or with
    Nesterov w - lr (decay w + momentum v). AdamW: the product of 1 - lr decay.

    Args:
        spec: The optimizer.
        learning_rates: The rate of each of the T steps.

    Returns:
        The ratio; 1.0 without decay; None when no closed form is known: Adam, which rescales decay
        by its own size, and optimizers of plug-ins.
    """
    name = _class_name(spec.name)
    if spec.weight_decay == 0.0:
        return 1.0 if name in _STILL_WITHOUT_GRADIENT else None
    if name == "AdamW":
        return math.prod(1.0 - rate * spec.weight_decay for rate in learning_rates)
    return _sgd_decay(spec, learning_rates) if name == "SGD" else None


def _sgd_decay(spec: OptimizerSpec, learning_rates: Sequence[float]) -> float:
    registered = OPTIMIZERS.entry("sgd").options or {} if spec.name == "sgd" else {}
    options = {"momentum": 0.0, "dampening": 0.0, "nesterov": False, **registered, **spec.options}
    momentum, kept = float(options["momentum"]), 1.0 - float(options["dampening"])
    value, velocity = 1.0, 0.0
    for step, rate in enumerate(learning_rates):
        gradient = spec.weight_decay * value
        velocity = momentum * velocity + (kept if step else 1.0) * gradient
        if momentum == 0.0:
            direction = gradient  # torch keeps no velocity then, and does not dampen
        else:
            direction = gradient + momentum * velocity if options["nesterov"] else velocity
        value -= rate * direction
    return value


def _class_name(name: str) -> str:
    return {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}.get(name, name)


def _torch_class(name: str) -> type[torch.optim.Optimizer]:
    if name in REFUSED_OPTIMIZERS:
        raise BadRequest(
            f"optimizer.name: '{name}' cannot be used: {REFUSED_OPTIMIZERS[name]}. "
            "Choose another: paramdyn catalog optimizers."
        )
    classes = {
        key: thing
        for key, thing in vars(torch.optim).items()
        if inspect.isclass(thing)
        and issubclass(thing, torch.optim.Optimizer)
        and thing is not torch.optim.Optimizer
        and key not in REFUSED_OPTIMIZERS
    }
    if name not in classes:
        known = [*classes, *OPTIMIZERS.names()]  # of names that differ in case, ours is suggested
        raise UnknownName(
            unknown_name(
                "optimizer",
                name,
                known,
                where="optimizer.name",
                listing="paramdyn catalog optimizers",
            )
        )
    return classes[name]


def _refuse_parameters(kind: type, parameters: Sequence[Tensor]) -> None:
    others = [tuple(p.shape) for p in parameters if p.ndim != 2]
    if kind.__name__ == "Muon" and others:
        raise BadRequest(
            "optimizer 'Muon': it makes the update of a matrix orthogonal, so every parameter must "
            f"have 2 dimensions; {len(others)} of {len(parameters)} have another number (the first "
            f"has shape {others[0]}). Choose another optimizer, or a model of matrices only."
        )


def _build(
    kind: Callable[..., torch.optim.Optimizer],
    parameters: Sequence[Tensor],
    *,
    learning_rate: float,
    weight_decay: float,
    **options: Any,  # noqa: ANN401 - each class has its own
) -> torch.optim.Optimizer:
    """Call a class of ``torch.optim`` with our names, fused where that is exact and supported."""
    name = getattr(kind, "__name__", "")
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in options.items()}
    if "weight_decay" in parameters_of(kind):
        given["weight_decay"] = weight_decay
    elif weight_decay:
        raise BadRequest(
            f"optimizer '{name}': it has no weight decay, but optimizer.weight_decay is "
            f"{weight_decay:g}. Set it to 0."
        )
    if name in _FUSED and {p.device.type for p in parameters} <= _FUSED_DEVICES:
        given["fused"] = True
    return kind(list(parameters), lr=learning_rate, **given)
