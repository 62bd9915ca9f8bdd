"""Every measurement of the catalogue against its formula in plain Python, scalar by scalar."""

import math
import struct
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.measurements import Context, Measurement, Sums, Values
from paramdyn.measurements.classes import CLASS_NAMES
from paramdyn.measurements.measurement import SUM_FIELDS, DecayInfo

NAMES = sorted(MEASUREMENTS)
UNITS = {"weight", "gradient", "ratio", "share", "count"}
COLUMNS = ("now", "start", "before", "last", "gradient", "seen", "ever", "structural")
DECAY = DecayInfo(0.5)

ordinary = st.floats(2**-10, 2**10, width=32) | st.floats(-(2**10), -(2**-10), width=32)
special = st.sampled_from([0.0, -0.0, 1.0, -1.0, math.nan, math.inf, -math.inf])
number = st.one_of(ordinary, ordinary, special)
finite_number = ordinary | st.sampled_from([0.0, -0.0, 1.0])


def parameters_of(numbers):
    scalar = st.tuples(*[numbers] * 5, *[st.booleans()] * 3).map(
        lambda fields: SimpleNamespace(**dict(zip(COLUMNS, fields, strict=True)))
    )
    one = st.fixed_dictionaries(
        {
            "layer": st.sampled_from(["", "conv1", "block.0"]),
            "scalars": st.lists(scalar, max_size=5),
            "trainable": st.booleans(),
        }
    )
    return st.lists(one, min_size=1, max_size=4)


# Both kinds: with infinities about, most totals are NaN and would hide a wrong total.
networks = parameters_of(number) | parameters_of(finite_number)


def column(parameter, name):
    return [getattr(scalar, name) for scalar in parameter["scalars"]]


def squares(values):
    return math.fsum(v * v for v in values) if all(map(math.isfinite, values)) else _wild(values)


def _wild(values):
    return math.nan if any(map(math.isnan, values)) else math.inf


def norm_of_difference(a, b):
    return math.sqrt(squares([x - y for x, y in zip(a, b, strict=True)]))


def quotient(a, b):
    if b == 0:
        return None
    return math.nan if math.isinf(a) and math.isinf(b) else a / b


def bits(value):
    return struct.pack("<f", value)


def sign(value):
    return (value > 0) - (value < 0)


# Each takes the columns of one parameter, or of all of them put together.
def weight_norm(p):
    return math.sqrt(squares(p.now))


def displacement(p):
    return norm_of_difference(p.now, p.start)


def relative_displacement(p):
    return quotient(displacement(p), math.sqrt(squares(p.start)))


def update_norm(p):
    return norm_of_difference(p.now, p.before)


def update_ratio(p):
    return quotient(update_norm(p), weight_norm(p))


def path_length(p):
    return norm_of_difference(p.before, p.last) + norm_of_difference(p.now, p.before)


def straightness(p):
    return quotient(displacement(p), path_length(p))


def direction_change(p):
    lengths = math.sqrt(squares(p.now)), math.sqrt(squares(p.start))
    if 0 in lengths:
        return None
    if not all(map(math.isfinite, lengths)):
        return math.nan
    dot = math.fsum(a * b for a, b in zip(p.now, p.start, strict=True))
    return 1 - dot / lengths[0] / lengths[1]


def sign_changes(p):
    products = [sign(a) * sign(b) for a, b in zip(p.now, p.start, strict=True)]
    return quotient(products.count(-1), len(products) - products.count(0))


def changed_share(p):
    changed = sum(bits(a) != bits(b) for a, b in zip(p.now, p.start, strict=True))
    return quotient(changed, len(p.now))


def gradient_norm(p):
    return math.sqrt(squares(p.gradient))


REFERENCES = {
    f.__name__: f
    for f in (
        weight_norm, displacement, relative_displacement, update_norm, update_ratio, path_length,
        straightness, direction_change, sign_changes, changed_share, gradient_norm,
    )
}  # fmt: skip


def class_of(scalar, *, trainable):
    same = bits(scalar.now) == bits(scalar.start)
    expected = float(np.float32(scalar.start * DECAY.ratio))
    close = abs(scalar.now - expected) <= 1e-5 * abs(expected)
    if not trainable:
        return "frozen"
    if same:
        if scalar.structural:
            return "structural"
        return "returned" if scalar.ever else "absorbed" if scalar.seen else "dead"
    return "decay-only" if (scalar.structural or not scalar.seen) and close else "changed"


def whole(network):
    joined = [scalar for parameter in network for scalar in parameter["scalars"]]
    return {"layer": "", "scalars": joined, "trainable": True}


def namespace(parameter):
    return SimpleNamespace(**{name: column(parameter, name) for name in COLUMNS})


def tensor(parameter, name, dtype=torch.float32):
    return torch.tensor(column(parameter, name), dtype=dtype)


def context_of(network, needs):
    """Build a context whose sums hold what is needed and nothing else."""
    parts = [namespace(parameter) for parameter in network]

    def differences(a, b):
        return [[x - y for x, y in zip(getattr(p, a), getattr(p, b), strict=True)] for p in parts]

    def counts(flag):
        return [sum(flag(a, b) for a, b in zip(p.now, p.start, strict=True)) for p in parts]

    available = {
        "squared_norm": [squares(p.now) for p in parts],
        "squared_norm_start": [squares(p.start) for p in parts],
        "squared_displacement": list(map(squares, differences("now", "start"))),
        "squared_update": list(map(squares, differences("now", "before"))),
        "squared_chord": list(map(squares, differences("now", "before"))),
        "squared_gradient": [squares(p.gradient) for p in parts],
        "changed": counts(lambda a, b: bits(a) != bits(b)),
        "sign_changed": counts(lambda a, b: sign(a) * sign(b) < 0),
        "sign_defined": counts(lambda a, b: sign(a) * sign(b) != 0),
    }
    given = {name: np.array(available[name]) for name in needs - {"counts"}}
    return Context(
        steps=np.array([2]),
        table=[
            SimpleNamespace(name="weight", layer=p["layer"], trainable=p["trainable"])
            for p in network
        ],
        sums=Sums(counts=np.array([len(p.now) for p in parts]), **given),
        path=np.array([[path_length(p) for p in parts]]),
        path_total=np.array([path_length(namespace(whole(network)))]),
        chords=2,
        values=lambda i: tensor(network[i], "now"),
        start=lambda i: tensor(network[i], "start"),
        gradient=lambda i: tensor(network[i], "gradient"),
        class_inputs=lambda i: {
            "ever_gradient": tensor(network[i], "seen", torch.bool),
            "ever_changed": tensor(network[i], "ever", torch.bool),
            "structural": tensor(network[i], "structural", torch.bool),
            "trainable": network[i]["trainable"],
            "decay": DECAY,
        },
        buffers=[(tensor(p, "now"), tensor(p, "start")) for p in network],
    )


def same(measured, expected):
    if expected is None or measured is None:
        return measured is expected
    return measured == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", NAMES)
def test_a_measurement_says_what_it_is(name):
    measurement = MEASUREMENTS.get(name)
    assert isinstance(measurement, Measurement)
    assert measurement.name == name
    assert measurement.unit in UNITS
    assert measurement.needs <= SUM_FIELDS
    assert measurement.formula
    assert measurement.reference


def test_every_measurement_has_a_reference():
    assert sorted([*REFERENCES, "classes", "buffer_displacement"]) == NAMES


@pytest.mark.parametrize("name", sorted(REFERENCES))
@settings(deadline=None, max_examples=30)
@given(network=networks)
def test_a_measurement_equals_its_formula(name, network):
    measurement, reference = MEASUREMENTS.get(name), REFERENCES[name]
    if name == "gradient_norm":
        for parameter in network:
            for scalar in parameter["scalars"] if not parameter["trainable"] else ():
                scalar.gradient = 0.0
    (measured,) = measurement.compute(context_of(network, measurement.needs))
    expected = [
        None if name == "gradient_norm" and not p["trainable"] else reference(namespace(p))
        for p in network
    ]
    assert [same(m, e) for m, e in zip(measured.values, expected, strict=True)] == [True] * len(
        expected
    ), (measured.values, expected)
    total = reference(namespace(whole(network)))
    assert same(measured.total, total), (measured.total, total)


@pytest.mark.parametrize("name", sorted(REFERENCES.keys() - {"path_length"}))
def test_a_measurement_without_its_sums_is_undefined_not_wrong(name):
    measurement = MEASUREMENTS.get(name)
    scalar = SimpleNamespace(**dict.fromkeys(COLUMNS, 1.0))
    context = context_of([{"layer": "", "scalars": [scalar], "trainable": True}], frozenset())
    assert measurement.compute(context) == [Values([None], None)]


@pytest.mark.parametrize("name", sorted(REFERENCES))
@settings(deadline=None, max_examples=15)
@given(data=st.data())
def test_rows_measured_together_are_what_each_is_alone(name, data):
    measurement = MEASUREMENTS.get(name)
    length = data.draw(st.integers(1, 3))
    one_row = st.lists(finite_number.map(abs), min_size=length, max_size=length)
    table = [SimpleNamespace(name=f"p{i}", trainable=True) for i in range(length)]
    count = data.draw(st.integers(1, 4))

    def drawn():
        return np.array([data.draw(one_row) for _ in range(count)])

    fields = {field: drawn() for field in sorted(measurement.needs - {"counts"})}
    path, counts = drawn(), np.arange(length)

    def measured(rows):
        sums = {field: values[rows] for field, values in fields.items()}
        steps = np.arange(count)[rows]
        return measurement.compute(
            Context(
                steps=steps, table=table, sums=Sums(counts=counts, **sums), path=path[rows],
                path_total=path[rows].sum(-1), chords=1, values=None, start=None, gradient=None,
                class_inputs=None,
            )
        )  # fmt: skip

    alone = [measured(slice(k, k + 1))[0] for k in range(count)]
    assert measured(slice(None)) == alone


@settings(deadline=None, max_examples=30)
@given(network=networks)
def test_classes_equal_their_definition(network):
    (measured,) = MEASUREMENTS.get("classes").compute(context_of(network, frozenset()))
    found = [
        [class_of(scalar, trainable=p["trainable"]) for scalar in p["scalars"]] for p in network
    ]
    assert measured.values == {name: [f.count(name) for f in found] for name in CLASS_NAMES}
    assert measured.total == {name: sum(f.count(name) for f in found) for name in CLASS_NAMES}
    assert sum(measured.total.values()) == sum(len(p["scalars"]) for p in network)


@settings(deadline=None, max_examples=30)
@given(network=networks)
def test_buffer_displacement_equals_its_formula(network):
    (measured,) = MEASUREMENTS.get("buffer_displacement").compute(context_of(network, frozenset()))
    expected = [displacement(namespace(parameter)) for parameter in network]
    assert all(same(m, e) for m, e in zip(measured.values, expected, strict=True))
    assert same(measured.total, displacement(namespace(whole(network))))
