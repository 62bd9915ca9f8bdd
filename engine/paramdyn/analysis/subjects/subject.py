"""One trained model that questions are asked about, and its values at the moments that count."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor, nn

from paramdyn.catalogues import TORCHVISION_CLASSIFIERS
from paramdyn.errors import BadRequest
from paramdyn.models import build_model
from paramdyn.models.dry_run import on_meta, without_drawing
from paramdyn.signatures import USER_CODE_FAILURES
from paramdyn.specs import RunSpec
from paramdyn.store.columns import Columns
from paramdyn.store.manifest import Manifest, ParameterInfo
from paramdyn.store.records import Record
from paramdyn.store.run_folder import RunFolder
from paramdyn.store.state import LIVE

State = Mapping[str, Tensor]
"""Parameters and buffers by their torchvision names, on the CPU; never written to."""

Moment = int | str
"""A step, or one of ``START``, ``END``, ``UNTRAINED``, ``best``."""

START = "start"
"""Step 0: initialized and perturbed."""
END = "end"
"""The last step that was kept."""
BEST = "best"
"""Where validation was best; chosen, so never the end of a path."""
UNTRAINED = "untrained"
"""Drawn by an initializer, never trained: the null of what training did to features."""


STILL_TRAINING = LIVE | {"suspended", "stale"}
"""Statuses of runs that have not ended."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One kept snapshot.

    Attributes:
        step: Updates before it.
        name: ``init``, ``epoch``, ``best`` or ``final``.
    """

    step: int
    name: str


class Subject(ABC):
    """A trained model with a name.

    Attributes:
        name: Run id, or file name; different ones for different subjects of a bench.
        spec: What was asked; of weights from elsewhere, the model and the data set only.
        classes: Outputs of the model.
        status: A run's status, or ``weights``.
        parameters: The parameter table, in the order of recorded values.
    """

    name: str
    spec: RunSpec
    classes: int
    status: str
    parameters: Sequence[ParameterInfo]

    @abstractmethod
    def state(self, moment: Moment = END) -> State:
        """Return the values at a moment; mapped files are read when they are used.

        Raises:
            RunNotFound: They were not kept; the message says what was, and what to do.
            RunIncomplete: They were kept, and are gone or damaged.
        """

    @abstractmethod
    def step_of(self, moment: Moment) -> int:
        """Return the step of a moment; 0 for one before training.

        Raises:
            RunNotFound: It was not kept.
        """

    @property
    def folder(self) -> RunFolder | None:
        """The run's folder; None for weights from elsewhere."""
        return None

    @property
    def id(self) -> str:
        """The run's id, also where its name tells it from one of the same id; else its name."""
        return self.name if self.folder is None else self.folder.name

    @property
    def manifest(self) -> Manifest | None:
        """What run.json holds; None for weights from elsewhere."""
        return None

    @property
    def last_record(self) -> int | None:
        """The last step whose records count; None: all."""
        return None

    def source_of_end(self) -> str:
        """Return what holds the values at the end of a run; empty of what is no run."""
        return ""

    def kept(self) -> tuple[Kept, ...]:
        """Return the snapshots that are there, by step."""
        return ()

    def columns(self, *_keys: str) -> Columns | None:
        """Return metrics.jsonl as columns (all if no key is named); None without records."""
        return None

    def drift_lines(self, _measurement: str, _most: int = 0, /) -> Iterable[bytes]:
        """Return the lines of a measurement in drift.jsonl; about ``most`` of them, or all."""
        return ()

    def last_drift_line(self, _measurement: str) -> bytes | None:
        """Return the last line of a measurement in drift.jsonl; None without one."""
        return None

    def events(self) -> Sequence[Record]:
        """Return events.jsonl."""
        return ()

    @property
    def is_live(self) -> bool:
        """Whether it still trains, or waits in the middle of that."""
        return self.status in STILL_TRAINING

    def new_model(self) -> nn.Module:
        """Return a model of its kind, with values of no meaning, on the CPU in evaluation mode."""
        with without_drawing():
            model = build_model(
                self.spec.model, num_classes=self.classes, image_size=self.spec.dataset.image_size
            )
        return model.eval()

    def model_at(self, moment: Moment = END) -> nn.Module:
        """Return a model with the values of a moment, on the CPU in evaluation mode.

        Its parameters are those of ``state``, not copied and never to be written to; its buffers
        are its own.

        Raises:
            RunNotFound, RunIncomplete: As ``state``.
        """
        model, state = self.new_model(), self.state(moment)
        parameters = dict(model.named_parameters())
        tied = len(parameters) < len(list(model.named_parameters(remove_duplicate=False)))
        if tied or any(state[n].dtype != p.dtype for n, p in parameters.items() if n in state):
            model.load_state_dict(state)
            return model
        values = {n: v if n in parameters else v.clone() for n, v in state.items()}
        model.load_state_dict(values, assign=True)
        return model

    def shapes(self, image_size: int | None = None) -> nn.Module:
        """Return a model of its kind without values, on the meta device where it can be.

        Args:
            image_size: Of the images it is for; None: those of the spec.

        Raises:
            BadRequest: It cannot be built for images of that size.
        """
        size = image_size or self.spec.dataset.image_size
        try:
            with on_meta():
                return build_model(self.spec.model, num_classes=self.classes, image_size=size)
        except (BadRequest, *USER_CODE_FAILURES):
            if self.spec.model.name in TORCHVISION_CLASSIFIERS:
                raise  # these can be built without values: it is the size that is refused
            return build_model(self.spec.model, num_classes=self.classes, image_size=size)
