"""What models make of images: each pass is done once, whoever asks for it and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from paramdyn.analysis.similarity.measured import Measured
from paramdyn.analysis.similarity.streaming_cka import MomentCka
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
        features: Input of the head, flattened. Shape: (N, D), float32.
        layer: The head's name; ``features`` is what it is given.
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
    """

    def __init__(
        self, images: Images, progress: Callable[[str, int, int], None] = lambda *_: None
    ) -> None:
        self.images = images
        self._progress = progress
        self._seen: dict[Key, Observed] = {}

    def model(self, subject: Subject, moment: Moment = "end") -> nn.Module:
        """Return a model with the values of a moment, on the device of the images."""
        model = subject.new_model()
        model.load_state_dict(subject.state(moment))
        return model.to(self.images.device)

    def of(self, subject: Subject, moment: Moment = "end") -> Observed:
        """Return what a subject made of the images at a moment."""
        key = (subject.name, moment)
        if key not in self._seen:
            self._pass({key: self.model(subject, moment)})
        return self._seen[key]

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
            layers: Layers of each; of an (N, C, H, W) output the mean over H and W is compared.
        """
        keys = (first[0].name, first[1]), (second[0].name, second[1])
        models = {keys[0]: self.model(*first)}
        if keys[1] not in models:
            models[keys[1]] = self.model(*second)
        cka = _LayerCka(keys, layers)
        wanted = {key: list(names) for key, names in zip(keys, layers, strict=True)}
        if keys[0] == keys[1]:
            wanted[keys[0]] = list(dict.fromkeys([*layers[0], *layers[1]]))
        self._pass(models, cka, wanted)
        return cka.results()

    def _pass(
        self,
        models: Mapping[Key, nn.Module],
        cka: _LayerCka | None = None,
        layers: Mapping[Key, Sequence[str]] | None = None,
    ) -> None:
        names = {key: f"{key[0]} at {key[1]}" for key in models}
        few = next(iter(self.images.test))[0][:2]
        gatherers = {key: _Gatherer(names[key], head_of(m, few)) for key, m in models.items()}
        wanted = {
            names[key]: list(dict.fromkeys([f"{found.head}:in", *(layers or {}).get(key, ())]))
            for key, found in gatherers.items()
        }
        if cka is not None:
            cka.name_models(names)
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
    """Keeps logits and the head's input of one model of a pass."""

    def __init__(self, name: str, head: str) -> None:
        self._name, self.head = name, head
        self._logits: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._features: list[Tensor] = []
        self._collapse = Collapse(name)

    def add(self, batch: ProbeBatch) -> None:
        seen = batch.models[self._name]
        self._logits.append(seen.logits.detach().float().cpu())
        self._labels.append(batch.labels.cpu())
        self._features.append(seen.features[f"{self.head}:in"].flatten(1).float().cpu())
        self._collapse.add(batch)

    def observed(self) -> Observed:
        logits, labels = torch.cat(self._logits), torch.cat(self._labels)
        right = (logits.argmax(1) == labels) & ~logits.isnan().any(1)
        return Observed(
            logits=logits,
            labels=labels,
            features=torch.cat(self._features).numpy(),
            layer=self.head,
            collapse=self._collapse.result(),
            loss=float(nn.functional.cross_entropy(logits.double(), labels)),
            accuracy=float(right.double().mean()),
        )


class _LayerCka:
    """Feeds the features of two models of a pass into a table of CKA."""

    def __init__(self, keys: tuple[Key, Key], layers: Sequence[Sequence[str]]) -> None:
        self._keys, self._layers = keys, layers
        self._names: Mapping[Key, str] = {}
        self._cka = MomentCka()

    def name_models(self, names: Mapping[Key, str]) -> None:
        self._names = names

    def add(self, batch: ProbeBatch) -> None:
        sides = [
            [_pooled(batch.models[self._names[key]].features[layer]) for layer in layers]
            for key, layers in zip(self._keys, self._layers, strict=True)
        ]
        self._cka.update(sides[0], sides[1])

    def results(self) -> list[list[Measured]]:
        return self._cka.results()


def _pooled(features: Tensor) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    means = features.flatten(2).double().mean(2) if features.dim() > 2 else features.double()
    return means.cpu().numpy()
