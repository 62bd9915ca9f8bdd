"""Passes of one model that differ in a few parameters, without what they have in common."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

MOST_BYTES = 2**30
"""Of results that are kept; what comes after them in a pass is computed again."""

COSTLY = frozenset({
    functional.conv1d, functional.conv2d, functional.conv3d, functional.conv_transpose2d,
    functional.linear, functional.multi_head_attention_forward,
    functional.scaled_dot_product_attention, torch.matmul, torch.bmm,
})  # fmt: skip
"""Functions of their arguments alone, in new memory, that a pass spends its time in."""

State = Mapping[str, Tensor]


class CommonPrefix:
    """Passes of one batch through one model.

    The first pass keeps what ``COSTLY`` functions return, and notes before which of their calls
    each tensor of the state was first touched. Another pass takes what was kept, up to the first
    call that a changed tensor can have a part in, and computes everything else: so its logits are,
    bit for bit, those that it would have as the first. Whatever is cheap, and whatever changes
    something in place, as batch normalisation its statistics, is done anew in every pass.
    (Attention does not take torch's fused way here: against a plain call, logits differ by
    rounding.)

    The model must be a function of state and images: in evaluation mode, or with batch
    normalisation alone in training mode.
    """

    def __init__(self, model: nn.Module, images: Tensor, *, most_bytes: int = MOST_BYTES) -> None:
        """Take the batch.

        Args:
            model: Its own values are neither used nor changed.
            images: Shape: (N, ...), on the device of the states.
            most_bytes: Of results that are kept.
        """
        self._model, self._images, self._left = model, images, most_bytes
        self._kept: dict[int, Any] = {}
        self._since: dict[str, int] = {}

    @torch.no_grad()
    def first(self, state: State) -> Tensor:
        """Return the logits of the pass that others are compared with."""
        self._kept, self._since = {}, {}
        with _Keeping(self._keep, state, self._since):
            logits: Tensor = torch.func.functional_call(self._model, dict(state), (self._images,))
        return logits

    @torch.no_grad()
    def again(self, state: State, changed: Iterable[str]) -> Tensor:
        """Return the logits of another state.

        Args:
            state: Of the model.
            changed: Names whose values may differ from those that the first pass began with.
        """
        # one that the first pass never touched by itself may have mattered from its beginning
        until = min((self._since.get(name, 0) for name in changed), default=sys.maxsize)
        kept = {call: found for call, found in self._kept.items() if call < until}
        with _Taking(kept):
            logits: Tensor = torch.func.functional_call(self._model, dict(state), (self._images,))
        return logits

    def _keep(self, call: int, found: Any) -> None:  # noqa: ANN401 - tensors and None
        size = sum(each.numel() * each.element_size() for each in _tensors(found))
        if size <= self._left:
            self._left -= size
            self._kept[call] = _copied(found)  # what comes next may change it in place


class _Keeping(TorchFunctionMode):
    """Hands over what costly functions return, and notes when tensors are first touched."""

    def __init__(
        self, keep: Callable[[int, Any], None], state: State, since: dict[str, int]
    ) -> None:
        super().__init__()
        self._keep, self._since, self._calls = keep, since, 0
        self._names = {id(value): name for name, value in state.items()}

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's signature
        for value in _tensors((args, kwargs)):
            name = self._names.get(id(value))
            if name is not None:
                self._since.setdefault(name, self._calls)
        found = func(*args, **(kwargs or {}))
        if func in COSTLY:
            self._keep(self._calls, found)
            self._calls += 1
        return found


class _Taking(TorchFunctionMode):
    """Answers costly calls with what was kept of them."""

    def __init__(self, kept: Mapping[int, Tensor]) -> None:
        super().__init__()
        self._kept, self._calls = kept, -1

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - torch's signature
        if func in COSTLY:
            self._calls += 1
            kept = self._kept.get(self._calls)
            if kept is not None:
                return _copied(kept)
        return func(*args, **(kwargs or {}))


def _tensors(values: Any) -> Iterator[Tensor]:  # noqa: ANN401 - nested arguments
    if isinstance(values, Tensor):
        yield values
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _tensors(value)
    elif isinstance(values, dict):
        yield from _tensors(list(values.values()))


def _copied(found: Any) -> Any:  # noqa: ANN401 - a tensor, None or a tuple of such
    if isinstance(found, tuple):
        return tuple(map(_copied, found))
    return found.clone() if isinstance(found, Tensor) else found
