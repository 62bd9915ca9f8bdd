"""Properties of specs: what is written reads back, and garbage is refused in words."""

from __future__ import annotations

import tomllib
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from paramdyn.errors import SpecError
from paramdyn.specs.perturbation_text import format_perturbation, parse_perturbation
from paramdyn.specs.reader import read_spec, spec_from_mapping, with_overrides
from paramdyn.specs.run_id import run_id, spec_hash
from paramdyn.specs.run_spec import (
    DatasetSpec,
    InitializerSpec,
    ModelSpec,
    OptimizerSpec,
    PerturbationSpec,
    RecordingSpec,
    RunSpec,
    ScheduleSpec,
    SeedSpec,
    TrainingSpec,
)
from paramdyn.specs.schedule import record_steps
from paramdyn.specs.validation import problems, validate
from paramdyn.specs.writer import to_mapping, to_toml

relaxed = settings(
    deadline=None,
    max_examples=30,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
words = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
option_names = words.filter(lambda name: name not in {"layers", "norms", "buffers"})
integers = st.integers(-(2**63), 2**63 - 1)
counts = st.integers(1, 10**6)
positive = st.floats(0, 1e6)
scalars = st.one_of(st.booleans(), integers, st.floats(allow_nan=False), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
options = st.dictionaries(option_names, values, max_size=3)
perturbations = st.builds(
    PerturbationSpec,
    name=words,
    layers=texts.filter(lambda text: all(part.strip() for part in text.split("|"))),
    norms=st.booleans(),
    buffers=st.just("none"),
    options=options,
)
seeds = st.integers(0, 2**63 - 1)
maybe_seeds = st.one_of(st.none(), seeds)
specs = st.builds(
    RunSpec,
    seed=seeds,
    plugins=st.lists(words, max_size=2, unique=True).map(tuple),
    model=st.builds(ModelSpec, name=texts, options=options),
    dataset=st.builds(
        DatasetSpec,
        name=texts,
        image_size=st.integers(10, 10**6),
        train_limit=st.just(0),
        validation=st.floats(0, 1, exclude_max=True),
        augmentation=st.sampled_from([(), ("flip",), ("flip", "crop:3")]),
        options=options,
    ),
    initializer=st.builds(InitializerSpec, name=texts.filter(lambda name: name != "weights")),
    perturbations=st.lists(perturbations, max_size=2).map(tuple),
    optimizer=st.builds(OptimizerSpec, name=texts, learning_rate=positive, weight_decay=positive),
    schedule=st.builds(ScheduleSpec, name=texts, warmup_epochs=positive),
    training=st.builds(TrainingSpec, epochs=counts, batch_size=counts, max_steps=counts),
    seeds=st.builds(SeedSpec, order=maybe_seeds, dropout=maybe_seeds),
    recording=st.builds(
        RecordingSpec,
        when=st.sampled_from(["auto", "epoch", "none", "every:7", "log:3"]),
        what=st.lists(texts, max_size=3).map(tuple),
        snapshots=st.sampled_from([(), ("init", "final"), ("every:2",)]),
    ),
)
whens = st.one_of(
    st.sampled_from(["auto", "epoch", "none"]),
    st.builds("every:{}".format, st.integers(1, 10**5)),
    st.builds("log:{}".format, st.integers(1, 10**5)),
)
keys = st.one_of(texts, st.integers(), st.sampled_from([*to_mapping(RunSpec())]))
inner_keys = st.one_of(texts, st.sampled_from(["name", "options", "epochs", "what", "layers"]))
garbage = st.recursive(
    st.one_of(scalars, st.none(), st.integers(), st.text(max_size=5), st.binary(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(inner_keys, inner, max_size=4),
    ),
    max_leaves=10,
)


@relaxed
@given(specs)
def test_a_spec_survives_toml(spec):
    assert spec == spec_from_mapping(tomllib.loads(to_toml(spec)))
    assert spec == spec_from_mapping(to_mapping(spec))
    assert spec == with_overrides(spec, {})


@relaxed
@given(specs)
def test_run_ids_are_safe_and_do_not_depend_on_the_way_through_toml(spec):
    name = run_id(spec)
    assert name.isascii()
    assert not set(name) & set('/\\:*?"<>| \0')
    assert len(name) < 255
    assert spec_hash(spec) == spec_hash(spec_from_mapping(tomllib.loads(to_toml(spec))))


@relaxed
@given(specs)
def test_a_sound_spec_is_resolved_once(spec):
    if problems(spec):
        with pytest.raises(SpecError) as caught:
            validate(spec)
        assert problems(spec) == caught.value.problems
    else:
        resolved = validate(spec)
        assert resolved == validate(resolved)
        assert spec_hash(spec) == spec_hash(resolved)


@relaxed
@given(perturbations)
def test_a_perturbation_survives_its_text(perturbation):
    assert perturbation == parse_perturbation(format_perturbation(perturbation))


@relaxed
@given(st.one_of(st.text(max_size=30), st.text(',="[]{}:\\abtrue1e-.', max_size=30)))
def test_any_text_is_a_perturbation_or_a_spec_error(text):
    with suppress(SpecError):
        perturbation = parse_perturbation(text)
        again = parse_perturbation(format_perturbation(perturbation))
        assert repr(perturbation) == repr(again)  # NaN is not equal to itself


@relaxed
@given(whens, st.integers(1, 3000), st.integers(1, 500))
def test_recorded_steps(when, total, per_epoch):
    steps = record_steps(when, total_steps=total, steps_per_epoch=per_epoch)
    assert steps == tuple(sorted(set(steps)))
    assert steps[0] >= 1
    assert total == steps[-1]
    if when != "none":
        assert set(range(per_epoch, total + 1, per_epoch)) <= set(steps)


@relaxed
@given(st.dictionaries(keys, garbage, max_size=4))
def test_garbage_mappings_give_a_spec_or_a_spec_error(data):
    with suppress(SpecError):
        assert isinstance(problems(spec_from_mapping(data)), list)


@relaxed
@given(
    st.one_of(
        st.binary(max_size=40),
        st.text(max_size=40).map(lambda text: text.encode(errors="replace")),
        st.text('=[]{}"a1.\n#', max_size=40).map(str.encode),
    )
)
def test_garbage_files_give_a_spec_or_a_spec_error(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "garbage.toml"
    path.write_bytes(content)
    with suppress(SpecError):
        assert isinstance(read_spec(path), RunSpec)
