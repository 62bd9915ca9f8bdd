"""A forward pass on the meta device, in which the units of every map are followed."""

from __future__ import annotations

import copy
import operator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 - its usual name
from torch import Tensor, fx, nn

from paramdyn.analysis.symmetry.spaces import Axis, Flow, NormPair, Power, Spaces
from paramdyn.errors import BadRequest
from paramdyn.signatures import USER_CODE_FAILURES, first_line

LINEAR = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
_FLATTENING = {torch.flatten, torch.reshape, nn.Flatten, "flatten", "view", "reshape"}
_SUMS = {operator.add, operator.iadd, torch.add, "add", "add_"}
_MEANS = {torch.mean, "mean"}
_POSITIVELY_HOMOGENEOUS = {
    nn.ReLU, nn.LeakyReLU, nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d,
    nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d,
    nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool2d,
    F.relu, F.leaky_relu, F.dropout, F.dropout2d, F.max_pool1d, F.max_pool2d, F.max_pool3d,
    F.avg_pool1d, F.avg_pool2d, F.avg_pool3d, F.adaptive_avg_pool1d, F.adaptive_avg_pool2d,
    F.adaptive_avg_pool3d, torch.relu, torch.relu_, "relu", "relu_", "contiguous", "clone",
}  # fmt: skip
_OTHER_ACTIVATIONS = {
    nn.GELU, nn.SiLU, nn.ELU, nn.CELU, nn.SELU, nn.Mish, nn.Sigmoid, nn.Tanh, nn.ReLU6,
    nn.Softplus, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, F.gelu, F.silu, F.elu, F.selu, F.mish,
    F.relu6, F.softplus, F.hardswish, F.hardsigmoid, torch.sigmoid, torch.tanh, F.sigmoid, F.tanh,
    "sigmoid", "tanh",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Traced:
    """What a pass showed: units, scales, pairs, shapes, and epsilon of each running variance."""

    units: Spaces
    scales: Spaces
    pairs: tuple[NormPair, ...]
    shapes: dict[str, tuple[int, ...]]
    epsilons: dict[str, float]


def trace(model: nn.Module, *, image_size: int, in_channels: int) -> Traced:
    """Return what one pass shows; see ``structure_of``."""
    network = _meta_copy(model).eval()
    try:
        graph = fx.symbolic_trace(network)
    except (*USER_CODE_FAILURES, fx.proxy.TraceError) as error:
        raise BadRequest(
            f"symmetry: {type(model).__name__} cannot be traced ({first_line(error)}). Expected a "
            "forward pass that is the same for all images. Compare raw distances instead."
        ) from error
    follower = _Follower(graph)
    with torch.no_grad():
        follower.run(torch.empty(2, in_channels, image_size, image_size, device="meta"))
    return follower.traced()


def _meta_copy(model: nn.Module) -> nn.Module:
    # With the tensors already in the memo, deepcopy copies the structure and no memory.
    memo: dict[int, Any] = {id(b): torch.empty_like(b, device="meta") for b in model.buffers()}
    for parameter in model.parameters():
        empty = torch.empty_like(parameter, device="meta", requires_grad=False)
        memo[id(parameter)] = nn.Parameter(empty, requires_grad=False)
    return copy.deepcopy(model, memo)


class _Follower(fx.Interpreter):
    """Runs the graph on the meta device and keeps a flow for each map."""

    def __init__(self, graph: fx.GraphModule) -> None:
        super().__init__(graph)
        self.extra_traceback = False  # it would be added to our own messages
        self.units, self.scales = Spaces(), Spaces()
        self.flows: dict[fx.Node, Flow] = {}
        self.shapes_of: dict[fx.Node, tuple[int, ...]] = {}
        self.outputs: dict[str, Flow] = {}  # of each module with parameters, called before
        self.owners: dict[int, str] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.epsilons: dict[str, float] = {}
        self.calls: list[fx.Node] = []

    def run_node(self, n: fx.Node) -> Any:  # noqa: ANN401 - torch's signature
        """Run one operation and find the flow of its result."""
        try:
            result = super().run_node(n)
        except USER_CODE_FAILURES as error:
            raise BadRequest(
                f"symmetry: {_where(n)} cannot be run without data ({first_line(error)}). Expected "
                "a convolution, linear layer, batch normalisation, activation, pooling or sum. "
                "Compare raw distances instead."
            ) from error
        if isinstance(result, Tensor):
            self.shapes_of[n] = tuple(result.shape)
            if n.op == "placeholder":
                name, size = f"input '{n.target}'", result.shape[1]
                self.flows[n] = self._flow(name, size, fixed=True)
            elif n.op != "output":
                self.flows[n] = self._follow(n)
        if n.op == "output":
            self._fix_output(n)
        return result

    def traced(self) -> Traced:
        """Return what the pass showed."""
        pairs = tuple(filter(None, (self._pair(node) for node in self.calls)))
        return Traced(self.units, self.scales, pairs, self.shapes, self.epsilons)

    def _follow(self, n: fx.Node) -> Flow:
        module = self.fetch_attr(str(n.target)) if n.op == "call_module" else None
        kind = n.target if module is None else type(module)
        inputs = [node for node in n.all_input_nodes if node in self.flows]
        if kind in _SUMS and len(inputs) in (1, 2) and self._equal_shapes(n, inputs):
            flow = self.flows[inputs[0]]
            if len(inputs) == 2 and not self._join(flow, self.flows[inputs[1]]):
                raise _unknown(n, "adds maps whose units were flattened differently")
            return flow
        if len(inputs) != 1 or n.op == "get_attr":
            raise _unknown(n)
        flow, before = self.flows[inputs[0]], self.shapes_of[inputs[0]]
        if isinstance(module, LINEAR):
            return self._linear(n, module, flow)
        if isinstance(module, NORMS):
            return self._norm(n, module, flow)
        return self._pass_on(n, kind, flow, before)

    def _pass_on(self, n: fx.Node, kind: object, flow: Flow, before: tuple[int, ...]) -> Flow:
        """Return the flow behind an operation without parameters."""
        after = self.shapes_of[n]
        if kind in _FLATTENING and after == (before[0], torch.Size(before[1:]).numel()):
            return Flow(flow.units, flow.scale, flow.repeats * torch.Size(before[2:]).numel())
        if kind in _OTHER_ACTIVATIONS:
            self.scales.get(flow.scale).fixed = True
            fixed = self.scales.add(str(n), self.scales.get(flow.scale).size, fixed=True)
            return Flow(flow.units, fixed, flow.repeats)
        known = kind in _POSITIVELY_HOMOGENEOUS and before[:2] == after[:2]
        if known or (kind in _MEANS and _keeps_units(n, len(before))):
            return flow
        raise _unknown(n)

    def _equal_shapes(self, n: fx.Node, inputs: list[fx.Node]) -> bool:
        given = [value for value in n.args if isinstance(value, fx.Node)]
        shapes = {self.shapes_of[node] for node in inputs}
        return len(given) == len(n.args) == 2 and not n.kwargs and len(shapes) == 1

    def _linear(self, n: fx.Node, module: nn.Module, flow: Flow) -> Flow:
        name = str(n.target)
        groups, weight = getattr(module, "groups", 1), module.weight
        if groups != 1:
            raise _unknown(n, f"has {groups} groups")
        if isinstance(module, nn.Linear) and len(self.shapes_of[n]) != 2:
            raise _unknown(n, "is applied to maps that are not flattened")
        assert isinstance(weight, Tensor)
        out = self._output(name, weight.shape[0])
        self._note(n, module, "weight", (out, 0, 1), (flow, 1, -1))
        self._note(n, module, "bias", (out, 0, 1))
        self.calls.append(n)
        return out

    def _norm(self, n: fx.Node, module: nn.Module, flow: Flow) -> Flow:
        name = str(n.target)
        known = self.outputs.get(name)
        size = self.scales.get(flow.scale).size
        fixed = module.weight is None
        scale = known.scale if known else self.scales.add(name, size, fixed=fixed)
        out = self.outputs[name] = Flow(flow.units, scale, flow.repeats)
        if known and not self._join(known, out):
            raise _unknown(n, "is called on maps of two kinds")
        for tensor, source, power in (
            ("weight", out, 1), ("bias", out, 1), ("running_mean", flow, 1),
            ("running_var", flow, 2),
        ):  # fmt: skip
            self._note(n, module, tensor, (source, 0, power))
            if power == 2 and module.running_var is not None:
                self.epsilons[f"{name}.{tensor}"] = float(module.eps)  # type: ignore[arg-type]
        return out

    def _note(
        self, n: fx.Node, module: nn.Module, tensor: str, *axes: tuple[Flow, int, int]
    ) -> None:
        """Note what axes of a module's tensor run over."""
        value = getattr(module, tensor)
        if value is None:
            return
        name = f"{n.target}.{tensor}"
        if tensor not in {**module._parameters, **module._buffers}:  # noqa: SLF001
            raise _unknown(n, f"computes its {tensor} from other tensors")
        if self.owners.setdefault(id(value), name) != name:
            raise _unknown(n, f"shares its {tensor} with {self.owners[id(value)]}")
        self.shapes[name] = tuple(value.shape)
        for flow, number, power in axes:
            entry = Power(Axis(name, number, flow.repeats), power)
            self.units.get(flow.units).entries.append(entry)
            self.scales.get(flow.scale).entries.append(entry)

    def _pair(self, n: fx.Node) -> NormPair | None:
        users = list(n.users)
        if len(users) != 1 or users[0].op != "call_module":
            return None
        norm, layer = str(users[0].target), str(n.target)
        module = self.fetch_attr(norm)
        once = [node.target for node in n.graph.nodes if node.op == "call_module"]
        if not isinstance(module, NORMS) or module.weight is None:
            return None
        if once.count(norm) != 1 or once.count(layer) != 1:
            return None
        space = self.units.get(self.flows[n].units)
        return NormPair(layer, norm, "" if space.fixed else space.name)

    def _flow(self, name: str, size: int, *, fixed: bool = False) -> Flow:
        units = self.units.add(name, size, fixed=fixed)
        return Flow(units, self.scales.add(name, size, fixed=fixed))

    def _output(self, name: str, size: int) -> Flow:
        if name not in self.outputs:
            self.outputs[name] = self._flow(name, size)
        return self.outputs[name]

    def _join(self, first: Flow, second: Flow) -> bool:
        if first.repeats != second.repeats:
            return False
        self.units.join(first.units, second.units)
        self.scales.join(first.scale, second.scale)
        return True

    def _fix_output(self, n: fx.Node) -> None:
        for node in n.all_input_nodes:
            if node in self.flows:
                self.units.get(self.flows[node].units).fixed = True
                self.scales.get(self.flows[node].scale).fixed = True


def _keeps_units(n: fx.Node, axes: int) -> bool:
    given = n.args[1] if len(n.args) > 1 else n.kwargs.get("dim")
    dims = given if isinstance(given, list | tuple) else (given,)
    return all(isinstance(d, int) and d % axes > 1 for d in dims)


def _where(n: fx.Node) -> str:
    if n.op == "call_module":
        return f"module '{n.target}'"
    name = getattr(n.target, "__name__", str(n.target))
    stack = n.meta.get("nn_module_stack", {})
    inside = next(reversed(stack), "") if stack else ""
    return f"'{name}'" + (f" in module '{inside}'" if inside else "")


def _unknown(
    n: fx.Node, problem: str = "is of a kind whose symmetries are not known"
) -> BadRequest:
    return BadRequest(
        f"symmetry: {_where(n)} {problem}. Expected convolutions without groups, linear layers, "
        "batch normalisation, activations, pooling, dropout, flattening and sums. Compare raw "
        "distances instead."
    )
