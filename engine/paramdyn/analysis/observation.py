"""What models make of images: each pass is done once, whoever asks for it and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from paramdyn.analysis.layer_table import LayerTable
from paramdyn.analysis.layers import FeatureLayer, compared_layers, feature_layer, pooled, unit_axis
from paramdyn.analysis.running_statistics import blame, youth_of
from paramdyn.analysis.similarity.measured import Measured
from paramdyn.analysis.subjects import Images, Moment, Subject
from paramdyn.errors import BadRequest
from paramdyn.probes.agreement import Agreement, AgreementResult
from paramdyn.probes.collapse import Collapse, CollapseFlags
from paramdyn.probes.forward import ProbeBatch, Seen, forward_all

Key = tuple[str, Moment]
"""Name of a subject, and the moment of its values."""


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """What one model made of all images.

    Attributes:
        logits: Shape: (N, K), float32, on the CPU.
        labels: Shape: (N,).
        features: Input of the head, or of the layer asked for, the mean over its positions where
            it has some. Shape: (N, D), float32.
        layer: The layer's name; ``features`` is what it is given, and of ``NAME:out`` what it
            returns.
        collapse: Whether the model still answers at all.
        loss: Mean cross-entropy in nats; NaN with logits that are not finite.
        accuracy: Share of right answers.
    """

    logits: Tensor
    labels: Tensor
    features: np.ndarray[tuple[int, int], np.dtype[np.float32]]
    layer: str
    collapse: CollapseFlags
    loss: float
    accuracy: float


class Observations:
    """Passes of images through subjects, kept for the length of a command.

    A pass holds one model, or two where their layers are compared. Only logits and the head's
    input are kept: N x (K + D) floats a model.

    Args:
        images: What everybody is asked about.
        progress: Called with (what is done, batches done, batches).
        layer: Where features are taken, as ``Options.feature_layer``; empty: the head's input.

    Attributes:
        exact_layers: Whether the last ``layer_similarity`` was of all images at once; where its
            moments would not fit into memory, HSIC was summed over batches.
    """

    def __init__(
        self,
        images: Images,
        progress: Callable[[str, int, int], None] = lambda *_: None,
        layer: str = "",
    ) -> None:
        self.images = images
        self._progress, self._layer = progress, layer
        self._seen: dict[Key, Observed] = {}
        self._blamed: dict[Key, str] = {}
        self.exact_layers = True

    def model(self, subject: Subject, moment: Moment = "end") -> nn.Module:
        """Return a model with the values of a moment, on the device of the images."""
        return subject.model_at(moment).to(self.images.device)

    def of(self, subject: Subject, moment: Moment = "end") -> Observed:
        """Return what a subject made of the images at a moment."""
        key = (subject.name, moment)
        if key not in self._seen:
            self._pass({key: self.model(subject, moment)})
        return self._seen[key]

    def why_collapsed(self, subject: Subject, moment: Moment = "end") -> tuple[str, ...]:
        """Return why a network is no classifier any more, one phrase each; empty of a sound one.

        The last phrase says whether its running statistics are the cause, where it has any and
        was trained.
        """
        reasons = self.of(subject, moment).collapse.reasons
        key = (subject.name, moment)
        if reasons and key not in self._blamed:
            trained = subject.folder is None or subject.step_of(moment) > 0
            youth = youth_of(subject, moment) if trained else None
            self._blamed[key] = (
                blame(self.model(subject, moment), self.images, youth) if trained else ""
            )
        cause = self._blamed.get(key)
        return (*reasons, cause) if cause else reasons

    def agreement(self, one: Key, other: Key) -> AgreementResult:
        """Return how two observed models agree.

        Raises:
            KeyError: One was not observed.
        """
        found = Agreement("one", "other")
        first, second = self._seen[one], self._seen[other]
        models = {"one": Seen(first.logits), "other": Seen(second.logits)}
        found.add(ProbeBatch(first.labels, models, 0))
        return found.result()

    def layer_similarity(
        self,
        first: tuple[Subject, Moment],
        second: tuple[Subject, Moment],
        layers: Sequence[Sequence[str]],
    ) -> list[list[Measured]]:
        """Return the unbiased CKA of every layer of one with every layer of the other.

        The same pass observes both, where that was not done.

        Args:
            first: A subject at a moment.
            second: Another, or the same.
            layers: Layers of each; the mean over the positions of an output is compared.
        """
        keys = (first[0].name, first[1]), (second[0].name, second[1])
        models = {keys[0]: self.model(*first)}
        if keys[1] not in models:
            models[keys[1]] = self.model(*second)
        cka = LayerTable(keys, layers)
        wanted = {key: list(names) for key, names in zip(keys, layers, strict=True)}
        if keys[0] == keys[1]:
            wanted[keys[0]] = list(dict.fromkeys([*layers[0], *layers[1]]))
        self._pass(models, cka, wanted)
        self.exact_layers = cka.exact
        return cka.results()

    def layers_of(self, subject: Subject) -> list[str]:
        """Return the layers that ``layer_similarity`` is meant for, in the order of a pass."""
        return compared_layers(self.model(subject), self._few())

    def _few(self) -> Tensor:
        return next(iter(self.images.test))[0][:2]

    def _pass(
        self,
        models: Mapping[Key, nn.Module],
        cka: LayerTable | None = None,
        layers: Mapping[Key, Sequence[str]] | None = None,
    ) -> None:
        names = {key: f"{key[0]} at {key[1]}" for key in models}
        few, classes = self._few(), len(self.images.classes)
        gatherers = {}
        for key, model in models.items():
            head = head_of(model, few)
            place = feature_layer(model, few, self._layer, head=head, classes=classes)
            gatherers[key] = _Gatherer(names[key], place, model)
        wanted = {
            names[key]: list(dict.fromkeys([found.place.probe, *(layers or {}).get(key, ())]))
            for key, found in gatherers.items()
        }
        if cka is not None:
            cka.name_models(names, models)
        forward_all(
            {names[key]: model for key, model in models.items()},
            self.images.test,
            [*gatherers.values(), *([cka] if cka else [])],
            layers=wanted,
            progress=lambda done, all_: self._progress(" and ".join(names.values()), done, all_),
        )
        for key, gatherer in gatherers.items():
            self._seen.setdefault(key, gatherer.observed())


def head_of(model: nn.Module, images: Tensor) -> str:
    """Return the name of the module that makes logits of features.

    It is the last linear or convolutional layer that a pass calls and that has as many outputs as
    there are classes; a layer that exists and is never called (``vgg.fc``) does not count.

    Args:
        model: In evaluation mode.
        images: A few, on the model's device. Shape: (N, C, S, S).

    Raises:
        BadRequest: The model has none.
    """
    called: list[tuple[str, int]] = []

    def note(name: str) -> Callable[..., None]:
        return lambda _module, _inputs, output: called.append((name, output.shape[1]))

    layers = {n: m for n, m in model.named_modules() if isinstance(m, nn.Linear | nn.Conv2d)}
    hooks = [module.register_forward_hook(note(name)) for name, module in layers.items()]
    try:
        with torch.no_grad():
            classes = model(images).shape[1]
    finally:
        for hook in hooks:
            hook.remove()
    heads = [name for name, width in called if width == classes]
    if not heads:
        raise BadRequest(
            f"features: {type(model).__name__} makes its {classes} logits by no linear or "
            "convolutional layer. Features are what such a layer is given. Compare models that "
            "end with one."
        )
    return heads[-1]


class _Gatherer:
    """Keeps logits and features of one model of a pass."""

    def __init__(self, name: str, place: FeatureLayer, model: nn.Module) -> None:
        self._name, self.place = name, place
        self._module = model.get_submodule(place.probe.partition(":")[0])
        self._logits: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._features: list[Tensor] = []
        self._collapse = Collapse(name)

    def add(self, batch: ProbeBatch) -> None:
        seen = batch.models[self._name]
        self._logits.append(seen.logits.detach().float().cpu())
        self._labels.append(batch.labels.cpu())
        values = seen.features[self.place.probe]
        if values.dim() > 2:
            values = pooled(values, unit_axis(self._module, values))
        self._features.append(values.float().cpu())
        self._collapse.add(batch)

    def observed(self) -> Observed:
        logits, labels = torch.cat(self._logits), torch.cat(self._labels)
        right = (logits.argmax(1) == labels) & ~logits.isnan().any(1)
        return Observed(
            logits=logits,
            labels=labels,
            features=torch.cat(self._features).numpy(),
            layer=self.place.name,
            collapse=self._collapse.result(),
            loss=float(nn.functional.cross_entropy(logits.double(), labels)),
            accuracy=float(right.double().mean()),
        )
