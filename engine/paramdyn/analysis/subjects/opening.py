"""From what a user named to subjects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path

from torch import Tensor, nn

from paramdyn.analysis.subjects.runs import RunSubject
from paramdyn.analysis.subjects.subject import END, START, UNTRAINED, Moment, State, Subject
from paramdyn.errors import RunIncomplete, RunNotFound, WeightsError
from paramdyn.initializers.fitting import load_into
from paramdyn.initializers.weights_files import read_weights
from paramdyn.models import build_model
from paramdyn.models.dry_run import on_meta
from paramdyn.parameters import parameter_table
from paramdyn.plugins import load_plugins
from paramdyn.specs import RunSpec
from paramdyn.specs.reader import read_spec
from paramdyn.starting import starting_model
from paramdyn.store.manifest import read_manifest
from paramdyn.store.run_folder import RunFolder, find_run
from paramdyn.store.state import effective_status, read_state


def open_run(name: str | Path | RunFolder, *, runs: Path) -> Subject:
    """Return a run, finished or live, as a subject.

    Args:
        name: Its id, the unambiguous start of one, its path, or the folder itself.
        runs: Where runs are.

    Raises:
        RunNotFound: No such run.
        RunIncomplete: It has not begun, or its folder lacks what it should have.
        SpecError: Its spec cannot be read.
    """
    folder = name if isinstance(name, RunFolder) else find_run(runs, str(name))
    spec = read_spec(folder.layout.spec)
    load_plugins(Path(plugin) for plugin in spec.plugins)
    state = read_state(folder.layout)
    status = effective_status(state)
    if status == "queued":
        raise RunIncomplete(
            f"{folder.name}: it waits for its turn and has measured nothing yet. Ask again when it "
            "has begun: paramdyn ls."
        )
    return RunSubject(folder, spec, read_manifest(folder.layout), status, folder.path.parent)


def names_of_files(paths: Sequence[Path]) -> list[str]:
    """Return a name for each file: its own, with as many of its folders as tell it from others.

    >>> names_of_files([Path("a/end.pt"), Path("b/end.pt"), Path("b/start.pt")])
    ['a/end.pt', 'b/end.pt', 'start.pt']

    Args:
        paths: A file that is there twice gets its place among those of its name, too: ``x (2)``.
    """
    whole = [path.absolute().parts for path in paths]
    names = []
    for place, parts in enumerate(whole):
        others = [other for other in whole if other != parts]
        alike = [sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1],
                                          zip(parts[::-1], other[::-1], strict=False)))
                 for other in others]  # fmt: skip
        name = "/".join(parts[-1 - max(alike, default=0) :])
        before = whole[:place].count(parts)
        names.append(f"{name} ({before + 1})" if before else name)
    return names


def tell_apart(subjects: Sequence[Subject]) -> None:
    """Give runs of one id, from different folders, names with as much of these as it takes."""
    runs = [(each, each.folder) for each in subjects if each.folder is not None]
    for name, number in Counter(folder.name for _, folder in runs).items():
        if number > 1:
            alike = [each for each in runs if each[1].name == name]
            names = names_of_files([folder.path for _, folder in alike])
            for (subject, _), told in zip(alike, names, strict=True):
                subject.name = told


def open_weights(
    path: Path, spec: RunSpec, *, classes: int | None = None, name: str = ""
) -> Subject:
    """Return weights from elsewhere as a subject.

    Args:
        path: ``.safetensors``, or ``.pt`` and ``.pth`` that hold nothing but tensors.
        spec: Its model and data set.
        classes: Outputs of the model; None: as the file's shapes say.
        name: What it is called; that of the file by default. Subjects of one question need
            different ones: ``names_of_files``.

    Raises:
        WeightsError: The file cannot be read, or does not fit the model.
    """
    tensors = read_weights(path)
    classes = classes or _classes_in(path, tensors, spec)
    return _WeightsSubject(path, spec, classes, tensors, name or path.name)


def _classes_in(path: Path, tensors: Mapping[str, Tensor], spec: RunSpec) -> int:
    """Return how many outputs the model has that the tensors are of.

    Raises:
        WeightsError: No tensor's shape says so.
    """
    shapes = [
        {name: values.shape for name, values in _model_of(spec, classes).state_dict().items()}
        for classes in (2, 3)
    ]
    for name, two in shapes[0].items():
        differing = [axis for axis, size in enumerate(two) if size != shapes[1][name][axis]]
        found = tensors.get(name)
        if differing and found is not None and found.ndim == len(two):
            return int(found.shape[differing[0]])
    raise WeightsError(
        f"weights: '{path}': no tensor of it says how many outputs {spec.model.name} has. Say so "
        "with --classes, or check that the file is of this model."
    )


def _model_of(spec: RunSpec, classes: int) -> nn.Module:
    with on_meta():
        return build_model(spec.model, num_classes=classes, image_size=spec.dataset.image_size)


class _WeightsSubject(Subject):
    def __init__(
        self, path: Path, spec: RunSpec, classes: int, tensors: dict[str, Tensor], name: str
    ) -> None:
        self.name, self.spec, self.classes, self.status = name, spec, classes, "weights"
        model = self.new_model()
        load_into(model, tensors, source=f"weights '{path}'")
        self.parameters = parameter_table(model)
        self._state = dict(model.state_dict())

    def state(self, moment: Moment = END) -> State:
        if moment == END:
            return self._state
        if moment == UNTRAINED:
            model, _, _ = starting_model(self.spec, runs=Path(), classes=self.classes)
            return dict(model.state_dict())
        raise self._unknown(moment)

    def step_of(self, moment: Moment) -> int:
        if moment in (END, UNTRAINED):
            return 0
        raise self._unknown(moment)

    def _unknown(self, moment: Moment) -> RunNotFound:
        what = "start" if moment == START else f"values at {moment}"
        return RunNotFound(
            f"{self.name}: a weights file has no {what}; only a run knows it. Train it here with "
            "'paramdyn run', or name a second file to compare with."
        )


def model_subject(spec: RunSpec, *, classes: int) -> Subject:
    """Return a model that nobody has trained as a subject: for what its shapes alone decide.

    Args:
        spec: Its model and the size of its images; what draws its first values.
        classes: Its outputs.

    Raises:
        UnknownName: No such model.
        BadRequest: It cannot be built for images of this size.
    """
    return _ModelSubject(spec, classes)


class _ModelSubject(Subject):
    def __init__(self, spec: RunSpec, classes: int) -> None:
        self.name = f"{spec.model.name} at {spec.dataset.image_size} px"
        self.spec, self.classes, self.status = spec, classes, "model"
        self.parameters = parameter_table(self.shapes())
        self._state: State | None = None

    def state(self, moment: Moment = START) -> State:
        self.step_of(moment)
        if self._state is None:
            model, _, _ = starting_model(self.spec, runs=Path(), classes=self.classes)
            self._state = dict(model.state_dict())
        return self._state

    def step_of(self, moment: Moment) -> int:
        if moment in (START, UNTRAINED, 0):
            return 0
        raise RunNotFound(
            f"{self.name}: it has not been trained, so it has no values at '{moment}'. Train it "
            "with 'paramdyn run', or name a run."
        )
