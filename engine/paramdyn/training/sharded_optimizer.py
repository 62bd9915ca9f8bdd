"""The optimizer, stepped shard by shard.

An elementwise update (SGD, Adam, ...) of a slice is the same bits as the slice of the update, so
the flat buffer is cut into shards of a million scalars with one torch optimizer each. That lets a
record see a shard's values before and after its step while they are in cache, with a scratch copy
of one shard instead of the whole network. Updates that look at whole tensors (Muon, Adafactor) get
whole tensors; those of plug-ins, which may look at everything, get all tensors in one optimizer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from paramdyn.measurements.kernels import DriftPass
from paramdyn.optimizers import build_optimizer, is_elementwise, is_separate
from paramdyn.parameters import FlatParameters
from paramdyn.specs import OptimizerSpec
from paramdyn.training.missed_steps import MissedSteps


class ShardedOptimizer:
    """One ``torch.optim`` optimizer a shard, stepped in order; or one for all shards.

    Args:
        flat: The parameters. Those that do not require gradients are left alone.
        spec: The optimizer and its options.

    Attributes:
        missed: Which updates left which parameters alone.
    """

    def __init__(self, flat: FlatParameters, spec: OptimizerSpec) -> None:
        self.missed = MissedSteps()
        self._flat = flat
        self.shards = flat.shards(split=is_elementwise(spec.name))
        counts = [info.count for info in flat.table]
        self._targets = [
            [
                flat.parameters[piece.parameter]
                if piece.stop - piece.start == counts[piece.parameter]
                else flat.values[piece.start : piece.stop]
                for piece in shard.pieces
            ]
            for shard in self.shards
        ]
        groups = (
            self._targets
            if is_separate(spec.name)
            else [[t for shard in self._targets for t in shard]]
        )
        self._optimizers = [build_optimizer(targets, spec) for targets in groups if targets]
        self._together = groups is not self._targets

    def set_learning_rate(self, rate: float) -> None:
        """Use ``rate`` from the next step on."""
        for optimizer in self._optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate

    @torch.no_grad()
    def step(self, drift: DriftPass | None = None) -> None:
        """Update all parameters from their gradients.

        Args:
            drift: An open pass that measures this step, or None.
        """
        if self._together:
            self._step_together(drift)
        else:
            self._step_apart(drift)
        self.missed.done += 1

    def _step_apart(self, drift: DriftPass | None) -> None:
        for k in range(len(self.shards)):
            gradients = self._gradients(k)
            if drift is not None:
                drift.before(k)
            self._optimizers[k].step()
            if drift is not None:
                drift.after(k, gradients)

    def _step_together(self, drift: DriftPass | None) -> None:
        gradients = [self._gradients(k) for k in range(len(self.shards))]
        kept = None if drift is None else self._flat.values.clone()
        for optimizer in self._optimizers:
            optimizer.step()
        if drift is not None:
            for k, parts in enumerate(gradients):
                drift.before(k, kept)
                drift.after(k, parts)

    def drop_gradients(self) -> None:
        """Free all gradients, so that the next backward pass writes new ones."""
        for targets in self._targets:
            for target in targets:
                target.grad = None
        for parameter in self._flat.parameters:
            parameter.grad = None

    def _gradients(self, k: int) -> list[Tensor | None]:
        """Hand each piece its part of the gradient; return the parts, in memory order."""
        found: list[Tensor | None] = []
        for piece, target in zip(self.shards[k].pieces, self._targets[k], strict=True):
            parameter = self._flat.parameters[piece.parameter]
            gradient = parameter.grad
            if gradient is not None:
                if gradient.stride() != parameter.stride():
                    gradient = parameter.grad = self._flat.in_layout(piece.parameter, gradient)
                if target is not parameter:
                    flat = gradient.as_strided((gradient.numel(),), (1,))
                    gradient = target.grad = flat[piece.first :][: piece.stop - piece.start]
            elif piece.first == 0:
                self.missed.add(piece.parameter)
            found.append(gradient)
        return found

    def state(self) -> dict[str, Any]:
        """Return what ``load_state`` needs."""
        states = [optimizer.state_dict() for optimizer in self._optimizers]
        return {"optimizers": states, "missed": self.missed.state()}

    def state_bytes(self) -> int:
        """Return the size of the optimizers' own tensors (momentum, second moments)."""
        return sum(
            tensor.nbytes
            for optimizer in self._optimizers
            for state in optimizer.state.values()
            for tensor in state.values()
            if isinstance(tensor, Tensor)
        )

    def load_state(self, state: dict[str, Any] | Sequence[dict[str, Any]], done: int = 0) -> None:
        """Go on where ``state`` was taken.

        Args:
            state: That. Of older checkpoints: the states of the optimizers alone; then every
                parameter counts as stepped until here, which makes no scalar ``decay-only`` that
                is not.
            done: Updates until here; only for older checkpoints.
        """
        states = state["optimizers"] if isinstance(state, dict) else state
        for optimizer, each in zip(self._optimizers, states, strict=True):
            optimizer.load_state_dict(each)
        if isinstance(state, dict):
            self.missed.load_state(**state["missed"])
        else:
            self.missed.load_state(done, {})
