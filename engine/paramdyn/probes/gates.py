"""Which rectifiers of a pass are open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

_RECTIFIERS = (functional.relu, torch.relu, torch.relu_, Tensor.relu, Tensor.relu_)


class Gates(TorchFunctionMode):
    """Keeps, for each rectifier in the order of the pass, where its output is above zero.

    The functions are observed, not the modules that call them, so rectifiers without a module
    count too.

    Attributes:
        open: One bool tensor of the rectifier's shape for each call.
    """

    def __init__(self) -> None:
        super().__init__()
        self.open: list[Tensor] = []

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's signature
        result = func(*args, **(kwargs or {}))
        if func in _RECTIFIERS:
            self.open.append(result > 0)
        return result
