"""Which fields a form has now: some depend on what was chosen, some on where it starts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields as dataclass_fields

from paramdyn.specs.run_spec import SeedSpec
from paramdyn_tui.tui.forms import offers
from paramdyn_tui.tui.forms.fields import Field, FormRow, Option, with_value
from paramdyn_tui.tui.forms.form import (
    CONTROLS,
    MORE,
    OTHER,
    PLUGINS,
    PRESET,
    SEEDS,
    START,
    STEP,
    Form,
    perturbation_options,
)
from paramdyn_tui.tui.forms.texts import text_of
from paramdyn_tui.tui.forms.words import offers_controls

EMPTY = FormRow()
_FIRST_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "optimizer": ("momentum", "betas", "eps"),
    "schedule": ("every_epochs", "gamma", "final"),
}
"""Options that stand beside the name that they belong to; the others are seldom needed."""
_LABELS = {"every_epochs": "every"}
_LEARNING_RATE = Field("optimizer.learning_rate", "lr", about="learning rate")


def rows_of(form: Form, devices: Sequence[Option] = ()) -> list[FormRow]:
    """Return the rows of a form.

    Args:
        form: What has been said.
        devices: What a run can be trained on; the usual names when nobody has looked.
    """
    fork = form.parent is not None
    recipe = list(_recipe(form))
    rows = [*_start_of_fork(form), *_perturbations(form), EMPTY] if fork else [*recipe, EMPTY]
    rows += [_length(form), *([] if fork else _images(form)), EMPTY] if fork else []
    if not fork:
        rows += [*_perturbations(form), EMPTY]
    rows += [*_runs(form, devices), _more(form)]
    if form.more:
        rows += [EMPTY, *(recipe if fork else ()), *_seldom(form)]
    return rows


def fields_of(rows: Sequence[FormRow]) -> list[Field]:
    """Return all fields, in the order in which the cursor goes through them."""
    return [field for row in rows for field in row.fields]


def _choice(form: Form, key: str, options: tuple[Option, ...], **more: object) -> Field:
    return Field(key, options=with_value(options, form.text(key)), **more)  # type: ignore[arg-type]


def _recipe(form: Form) -> Iterator[FormRow]:
    yield FormRow("model", (_choice(form, "model.name", offers.models(), free=True, width=18),
                            *_options(form, "dataset", "dataset", offers.datasets())))  # fmt: skip
    if form.parent is None:
        yield FormRow("init", tuple(_initializer(form)))
    optimizer = (
        _choice(form, "optimizer.name", offers.optimizers(), free=True, width=9),
        *(() if form.parent is not None else (_LEARNING_RATE,)),
        *_first(form, "optimizer"),
        Field("optimizer.weight_decay", "decay", about="weight decay"),
    )
    yield FormRow("optimizer", optimizer)
    schedule = (
        _choice(form, "schedule.name", offers.schedules(), free=True, width=9),
        *_first(form, "schedule"),
        Field("schedule.warmup_epochs", "warmup", width=5, about="epochs of linear warm-up"),
    )
    yield FormRow("schedule", schedule)
    if form.parent is None:
        yield _length(form)
    yield from _images(form)


def _options(form: Form, section: str, label: str, options: tuple[Option, ...]) -> Iterator[Field]:
    yield _choice(form, f"{section}.name", options, label=label, free=True, width=18)


def _initializer(form: Form) -> Iterator[Field]:
    yield _choice(form, "initializer.name", offers.initializers(), free=True, width=18)
    if form.text("initializer.name") in ("weights", "pretrained"):
        yield Field("initializer.weights", "file", width=28, about="a .safetensors or .pt file")


def _first(form: Form, section: str) -> Iterator[Field]:
    """Yield the options that stand beside a name."""
    for option, usual in form.options_of(section).items():
        if option in _FIRST_OPTIONS.get(section, ()):
            width = 10 if isinstance(usual, list | tuple) else 6
            yield Field(f"{section}.options.{option}", _LABELS.get(option, option), width=width)


def _length(form: Form) -> FormRow:
    fields = [Field("training.epochs", "epochs", width=5, about="passes over the images")]
    if form.parent is not None:
        fields.append(_LEARNING_RATE)
    batch = Field("training.batch_size", "batch", width=5, about="images in a batch")
    limit = Field("dataset.train_limit", "limit", width=6, about="training images; 0: all of them")
    validation = Field(
        "dataset.validation",
        "validation",
        width=5,
        about="share or number of training images set aside to choose with",
    )
    title = "train on" if form.parent is not None else "training"
    return FormRow(title, (*fields, batch, limit, *(() if form.parent else (validation,))))


def _images(form: Form) -> Iterator[FormRow]:
    yield FormRow(
        "images",
        (
            _choice(form, "dataset.augmentation", offers.AUGMENTATIONS, label="augment", free=True,
                    width=10),
            _choice(form, "dataset.normalization", offers.NORMALIZATIONS, label="normalise",
                    width=8),
        ),
    )  # fmt: skip


def _start_of_fork(form: Form) -> Iterator[FormRow]:
    assert form.parent is not None
    kept = tuple(Option(each.value, each.about) for each in form.parent.kept)
    snapshot = _choice(form, STEP, kept, label="snapshot", free=True, width=12)
    yield FormRow("from", (snapshot,))
    usual = with_value((*offers.presets(), Option(offers.NONE, "go on as it is")),
                       form.text(PRESET))  # fmt: skip
    yield FormRow("preset", (Field(PRESET, options=usual, free=True, chips=True),))


def _perturbations(form: Form) -> Iterator[FormRow]:
    for number, parts in enumerate(form.perturb):
        yield FormRow(_title(number), tuple(_perturbation(form, number, parts["name"])))
    yield FormRow(
        "and" if form.perturb else "perturb",
        (_choice(form, f"perturb/{len(form.perturb)}/name", offers.perturbations(), width=12),),
    )
    if offers_controls(form):
        controls = _choice(form, CONTROLS, offers.CONTROLS, free=True, width=26)
        yield FormRow("controls", (controls,))


def _title(number: int) -> str:
    return "perturb" if number == 0 else "and"


def _perturbation(form: Form, number: int, name: str) -> Iterator[Field]:
    key = f"perturb/{number}"
    yield _choice(form, f"{key}/name", offers.perturbations(), width=12)
    for option in perturbation_options(name):
        yield Field(f"{key}/{option}", option, width=7)
    globs = "a glob over parameter names: conv1.*, *.weight; several with |"
    yield Field(f"{key}/layers", "layers", width=16, about=globs)
    if form.more:
        yield Field(f"{key}/norms", "norms", options=offers.BOOLEANS, width=5,
                    about="whether scale and shift of norm layers are perturbed too")  # fmt: skip
        yield Field(f"{key}/buffers", "buffers", options=offers.BUFFERS, width=5)


def _runs(form: Form, devices: Sequence[Option]) -> Iterator[FormRow]:
    yield FormRow(
        "seeds",
        (
            Field(SEEDS, width=9, about="one run each: 0, 0-4 or 0,3,7"),
            _choice(form, "recording.snapshots", offers.SNAPSHOTS, label="snapshots", free=True,
                    width=18),
            _choice(form, "recording.when", offers.RECORDS, label="record", free=True, width=9),
        ),
    )  # fmt: skip
    known = tuple(devices) or DEVICES
    yield FormRow(
        "device",
        (
            _choice(form, "training.device", known, free=True, width=9),
            _choice(form, "training.precision", offers.PRECISIONS, label="precision", width=5),
            Field(START, "start", options=offers.STARTS, chips=True),
        ),
    )


DEVICES = (
    Option("auto", "a GPU where there is one, else the CPU"),
    Option("cpu", "the processor"),
    Option("cuda", "the first GPU"),
    Option("mps", "the GPU of a Mac"),
)


def _more(form: Form) -> FormRow:
    shown = "fewer fields" if form.more else "seeds of each stream, threads, plug-ins, ..."
    return FormRow("more", (Field(MORE, options=(Option("hide" if form.more else "show"),),
                                  about=shown),))  # fmt: skip


def _seldom(form: Form) -> Iterator[FormRow]:
    """Yield what is seldom needed."""
    yield FormRow(
        "size",
        (
            Field("dataset.image_size", "image", width=5, about="side of the images the net sees"),
            Field("dataset.test_limit", "test limit", width=7, about="test images; 0: all of them"),
            Field("training.max_steps", "most steps", width=7, about="0: all epochs"),
            Field("training.threads", "threads", width=4, about="of the processor; 0: all cores"),
        ),
    )
    if form.parent is not None:
        yield FormRow("", (Field("dataset.validation", "validation", width=6),))
    for section in ("dataset", "optimizer", "schedule"):
        fields = tuple(_other_options(form, section))
        if fields:
            yield FormRow(section, fields)
    seeds = (
        Field(f"seeds.{each.name}", each.name, width=6, about="empty: the run's seed")
        for each in dataclass_fields(SeedSpec)
    )
    yield FormRow("seeds of", tuple(seeds))
    yield FormRow(
        "measure",
        (
            Field(
                "recording.what", width=44, about="all, or some of: paramdyn catalog measurements"
            ),
        ),
    )
    yield FormRow("plug-ins", (Field(PLUGINS, width=44, about="Python files that add names"),))
    yield FormRow("other", (Field(OTHER, width=44, about="any field: model.options.width=2 ..."),))


def _other_options(form: Form, section: str) -> Iterator[Field]:
    for option, usual in form.options_of(section).items():
        if option in _FIRST_OPTIONS.get(section, ()):
            continue
        if isinstance(usual, bool):
            yield Field(f"{section}.options.{option}", option, options=offers.BOOLEANS, width=5)
        else:
            yield Field(f"{section}.options.{option}", option, width=max(6, len(text_of(usual))))
