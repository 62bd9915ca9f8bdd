"""How an optimizer is called wherever it is compared: with every option that is not the default.

``Adam(eps=0.1)`` is another optimizer than ``Adam``: where sqrt(v) is far below epsilon its step is
that of SGD with momentum.
"""

from __future__ import annotations

from typing import Any

from paramdyn.catalogues import OPTIMIZERS
from paramdyn.specs.names import optimizer_name
from paramdyn.specs.run_spec import OptimizerSpec

_SPELLED = {"sgd": "SGD", "adam": "Adam", "adamw": "AdamW"}


def optimizer_label(optimizer: OptimizerSpec) -> str:
    """Return the name with the options that differ from the catalogue's, the learning rate aside.

    Args:
        optimizer: As a run's spec says it.

    Returns:
        Such as ``SGD``, ``Adam(eps=0.1)`` or ``AdamW(weight_decay=0.01)``.
    """
    name = optimizer_name(optimizer.name)
    known = OPTIMIZERS.entry(name).options if name in OPTIMIZERS else {}
    defaults = dict(known or {})
    told = [
        f"{key}={_text(value)}"
        for key, value in sorted(optimizer.options.items())
        if key not in defaults or _plain(value) != _plain(defaults[key])
    ]
    if optimizer.weight_decay:
        told.append(f"weight_decay={optimizer.weight_decay:g}")
    spelled = _SPELLED.get(name, name)
    return f"{spelled}({', '.join(told)})" if told else spelled


def _plain(value: Any) -> Any:  # noqa: ANN401 - an option is whatever TOML holds
    return list(value) if isinstance(value, tuple | list) else value


def _text(value: Any) -> str:  # noqa: ANN401 - an option is whatever TOML holds
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}" if number else str(value)
