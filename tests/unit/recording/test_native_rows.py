"""Rows made in C have the bytes of those made with numpy and Python, whatever was measured."""

import math
import resource
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from paramdyn.catalogues import MEASUREMENTS
from paramdyn.errors import StoreError
from paramdyn.measurements import Measurement, Values, kernels
from paramdyn.measurements.quantity import COLUMNS, exact_sum, given, totals
from paramdyn.measurements.reach import Reach
from paramdyn.native import native_library
from paramdyn.parameters import FlatParameters
from paramdyn.recording import native_rows
from paramdyn.recording.inputs import Frozen, MeasurementInputs
from paramdyn.recording.native_rows import open_native_rows
from paramdyn.recording.pending import Row
from paramdyn.recording.row_lines import RowLines
from paramdyn.store.records import RecordWriter, encode, encode_measurement

pytestmark = pytest.mark.skipif(
    native_library.find_compiler() is None, reason="no C compiler on this machine"
)
BUILT_IN = [m for m in map(MEASUREMENTS.get, sorted(MEASUREMENTS)) if not m.reads_tensors]
PASS = len(kernels.COLUMNS)
CHORDS = [kernels.COLUMNS.index(f"squared_{name}") for name in ("update", "chord", "displacement")]
ONE, OTHER = map(kernels.COLUMNS.index, ("changed", "sign_changed"))
SPECIAL = [0.0, -0.0, math.inf, math.nan, 5e-324, 2.3e-308, 1e-90, 1.2e77, 0.25, 1e8, 123456789.0]


def inputs_of(parameters, frozen=()):
    """Inputs of a network of so many small parameters, the first two of which are zero."""
    torch.manual_seed(0)
    net = torch.nn.Module()
    for k in range(parameters):
        value = torch.randn(3) if k > 1 else torch.zeros(k)
        net.register_parameter(f"p{k}", torch.nn.Parameter(value, requires_grad=k not in frozen))
    flat = FlatParameters(net)
    return MeasurementInputs(
        flat=flat, start=None, drift=None, reach=Reach(), buffers=[], start_buffers=[],
        decay=lambda _i, _step: None,
    )  # fmt: skip


def both_ways(inputs, rows, measurements=BUILT_IN):
    """Return what C and what numpy make of rows, (sums, chord) each, and the paths they end on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native_library, "load", lambda: None)
        slow = RowLines(measurements, inputs)
    quick = RowLines(measurements, inputs)
    assert slow.native is None
    steps = range(7, 7 + len(rows))
    made = []
    for step, (sums, chord) in zip(steps, rows, strict=True):
        quick.native.append(step, sums.ctypes.data, int(chord), (0.5, 0.1, 2.0, 0.25))
        made.append(quick.native.made()[0].tobytes())
    taken = [
        Row(step, {}, 1, 1, 1.0, sums=torch.from_numpy(sums.copy()), chord=chord)
        for step, (sums, chord) in zip(steps, rows, strict=True)
    ]
    expected = slow.encode(taken)
    assert expected.count("\n") == len(measurements) * len(rows)
    return b"".join(made).decode(), expected, quick.path.tolist(), slow.path.tolist()


def assert_alike(inputs, rows, measurements=BUILT_IN):
    made, expected, path, slow_path = both_ways(inputs, rows, measurements)
    assert made == expected
    assert list(map(repr, path)) == list(map(repr, slow_path))


def some_sums(random, shape, odd):
    """Sums of squares, the share ``odd`` of them such as no network should have."""
    sums = 10 ** random.uniform(-14, 6, shape)
    bits = abs(random.integers(0, 2**64, shape, dtype=np.uint64).view("f8"))
    bits[~(bits < 1e200)] = 0.0
    sums = np.where(random.random(shape) < odd, random.choice(SPECIAL, shape), sums)
    return np.where(random.random(shape) < odd, bits, sums)


@settings(deadline=None, max_examples=80)
@drawn(
    st.integers(0, 2**32),
    st.sampled_from([1, 2, 3, 8, 9, 10, 17]),
    st.sets(st.integers(0, 16)),
    st.sampled_from([0.0, 0.05, 0.4]),
)
def test_any_sums_give_the_same_bytes(seed, parameters, frozen, odd):
    random = np.random.default_rng(seed)
    rows = [(some_sums(random, (parameters, PASS), odd), random.choice(CHORDS)) for _ in range(3)]
    assert_alike(inputs_of(parameters, frozen), rows)


@pytest.mark.parametrize("parameters", [1, 7, 8, 10, 62, 128, 129, 300])
def test_long_rows_are_added_up_in_the_same_order(parameters):
    """Sums of few numbers, in eight lanes, and in halves: what their orders leave is written."""
    random = np.random.default_rng(parameters)
    rows = []
    for k in range(40):
        sums = 10 ** random.uniform(-12, 3, (parameters, PASS))
        sums[:, OTHER] = sums[::-1, ONE]
        rows.append((sums, CHORDS[k % 3]))
    left = given(kernels.COLUMNS[ONE]) - given(kernels.COLUMNS[OTHER])
    rest = Measurement(name="rest", unit="count", formula="", reference="", quantity=left)
    assert_alike(inputs_of(parameters, frozen=(0, parameters - 1)), rows, [*BUILT_IN, rest])


def test_a_path_adds_up_every_chord_exactly():
    """Numbers whose sum depends on their order, many times."""
    random = np.random.default_rng(0)
    rows = []
    for k in range(300):
        sums = random.integers(0, 2**53, (12, PASS)) * 2.0 ** random.integers(-80, 2, (12, PASS))
        sums[random.random((12, PASS)) < 0.2] = 2.0**53
        rows.append((sums, CHORDS[k % 3]))
    assert_alike(inputs_of(12), rows)


def test_sums_that_cancel_are_rounded_once():
    """Half way between two numbers what was left over decides."""
    column = kernels.COLUMNS.index("squared_norm")
    halves = [[1.5 + k * 2.0**-52, 2.0**-53, 2.0**-106] for k in range(64)]
    for values in (*halves, [1.0, 2.0**-53], [1.0, 2.0**-53, 0.0], [2.0**53, 1.0, 1e-30]):
        sums = np.zeros((len(values), PASS))
        sums[:, column] = values
        columns = np.zeros((len(COLUMNS), len(values) + 1))
        rows = open_native_rows([], columns, Frozen([], [], []))
        rows.append(1, sums.ctypes.data, column, (0.0, 0.0, 0.0, 0.0))
        assert rows.path[-1] == math.sqrt(exact_sum(values))
    assert any(math.sqrt(exact_sum(v)) != math.sqrt(sum(v)) for v in halves)


def one_line(values):
    """The line of one measurement that is its values as they are, made in C."""
    plain = Measurement(name="x", unit="count", formula="", reference="", quantity=given("changed"))
    columns = np.zeros((len(COLUMNS), len(values) + 1))
    sums = np.zeros((len(values), PASS))
    sums[:, kernels.COLUMNS.index("changed")] = values
    rows = open_native_rows([plain], columns, Frozen([], [], []))
    rows.append(1, sums.ctypes.data, CHORDS[0], (0.0, 0.0, 0.0, 0.0))
    return rows.made()[0].tobytes().decode()


def assert_line(values):
    with np.errstate(all="ignore"):
        total = float(totals(np.array(values))[0])
    assert one_line(values) == encode_measurement(1, "x", total, values)


@pytest.mark.parametrize(
    "values",
    [
        [0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3],
        [1e-4, 9.99999999e-5, 9.999999994e-5, 0.00012345, 1e-5, 1.5e-30 * 1e5],
        [12345678.5, 99999999.0, 9.99999999, 999.999999999, 1e9, 1e22],
        [0.31, math.nan, 100.0, 12345678.0, 1e-300 * 1e280],
        [1.0], [math.nan], [math.inf, 0.5], [-math.inf, 0.5], [math.inf, -math.inf],
        [123456789.0, 1.0], [999999999.7, 1.0], [99999999.96, 1.0], [1e9, 0.5],
        [1e-200, 1e200], [5e-324, 1.5e300, -1e-300], [1.000000005, 2.0], [0.5, 0.000123456785],
        [2.0**-k for k in range(40)], [1.5 + 10.0**k for k in range(-9, 12)],
    ],
    ids=str,
)  # fmt: skip
def test_numbers_are_written_as_python_writes_them(values):
    assert_line(values)


def test_many_random_numbers_are_written_alike():
    """Of all sizes, and near the powers of ten and the halves where rounding decides."""
    random = np.random.default_rng(0)
    count = 10_000
    bits = random.integers(0, 2**64, count, dtype=np.uint64).view("f8")
    sizes = 10.0 ** random.uniform(-28, 12, count) * random.choice([-1, 1], count)
    near = np.round(sizes, 3) * (1 + random.integers(-4, 5, count) * 2.0**-52)
    halves = np.array([float(f"{v:.8e}"[:10] + "5" + f"{v:.8e}"[10:]) for v in abs(sizes)])
    powers = np.nextafter(10.0 ** random.integers(-9, 9, count), random.choice([0, 9e9], count))
    for kind in (sizes, near, halves, powers, bits):
        for line in kind.reshape(-1, 5).tolist():
            assert_line(line)


@pytest.mark.parametrize(
    "numbers", [(0.5, 0.005, 2.25, 0.1), (1.0, 1e-5, math.nan, 0.0), (1 / 3, 10.0, math.inf, 1.0)]
)
def test_metrics_are_a_record_s_bytes(numbers):
    rows = open_native_rows([], np.zeros((len(COLUMNS), 2)), Frozen([], [], []))
    rows.append(2**40, None, 0, numbers)
    lines, metrics = rows.made()
    assert len(lines) == 0
    expected = encode({"step": 2**40, **dict(zip(native_rows.METRICS, numbers, strict=True))})
    assert metrics.tobytes() == expected


def test_names_may_be_odd():
    name = 'odd "näme" %d inf 0.00000000'
    odd = Measurement(name=name, unit="count", formula="", reference="", quantity=given("counts"))
    assert_alike(inputs_of(3), [(np.ones((3, PASS)), CHORDS[0])], [odd])


def test_a_weight_or_a_loss_that_is_not_finite_is_told():
    rows = RowLines(BUILT_IN, inputs_of(3)).native
    sums = np.ones((3, PASS))
    bad = (math.inf, math.nan)
    for weight, loss in [
        (1.0, 1.0),
        *((b, 1.0) for b in bad),
        *((1.0, b) for b in bad),
        (2.0, 2.0),
    ]:
        sums[1, kernels.COLUMNS.index("squared_norm")] = weight
        sound = rows.append(1, sums.ctypes.data, CHORDS[0], (0.0, 0.0, loss, 0.0))
        assert sound is (math.isfinite(weight) and math.isfinite(loss))


class Files:
    """Where a row goes: drift.jsonl and metrics.jsonl, and what made it."""

    def __init__(self, folder):
        self.rows = RowLines(BUILT_IN, inputs_of(3)).native
        self.writers = [RecordWriter(folder / name) for name in ("drift.jsonl", "metrics.jsonl")]
        self.sums = np.ones((3, PASS))

    def append(self, step):
        """Append a row; return what had to be written, file by file."""
        numbers = (0.5, 0.1, 2.0, 0.25)
        self.rows.append(step, self.sums.ctypes.data, CHORDS[0], numbers, *self.writers)
        return [made.tobytes() for made in self.rows.made()]

    def held(self):
        return [writer.path.read_bytes() for writer in self.writers]


@pytest.fixture
def files(tmp_path):
    files = Files(tmp_path)
    yield files
    for writer in files.writers:
        writer.close()


def test_a_row_is_in_both_files_when_it_was_appended(files):
    first, second = files.append(7), files.append(8)
    assert files.held() == [a + b for a, b in zip(first, second, strict=True)]
    assert [writer.offset for writer in files.writers] == [len(held) for held in files.held()]


def test_what_is_not_asked_for_is_not_written(files):
    files.append(7)
    before = files.held()
    numbers = (0.5, 0.1, 2.0, 0.25)
    files.rows.append(8, None, 0, numbers, files.writers[0], None)
    assert files.held() == before
    files.rows.append(9, None, 0, numbers, None, files.writers[1])
    assert files.held() == [before[0], before[1] + files.rows.made()[1].tobytes()]


@contextmanager
def no_file_above(size):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("which", [0, 1], ids=["drift", "metrics"])
def test_a_full_disk_costs_no_earlier_row(files, which):
    """The limit on a file's size stands for the disk; a part of the lines fits below it."""
    writer = files.writers[which]
    writer.append_bytes(b"{}\n" * 9000)  # so that the other file is far from it
    files.append(7)
    before = files.held()
    why = rf"{writer.path.name}: cannot be written: 40 of \d+ bytes fitted"
    with no_file_above(writer.offset + 40), pytest.raises(StoreError, match=why):
        files.append(7)
    assert files.held()[which] == before[which]
    made = files.append(8)
    assert files.held()[which] == before[which] + made[which]


def test_a_measurement_that_is_a_function_is_left_to_python():
    own = Measurement(
        name="own", unit="count", formula="", reference="",
        compute=lambda context: [Values([1.0], 1.0) for _ in context.steps],
    )  # fmt: skip
    assert RowLines([*BUILT_IN, own], inputs_of(3)).native is None
    assert RowLines(BUILT_IN, inputs_of(3)).native is not None


def test_without_a_compiler_there_are_none(monkeypatch):
    monkeypatch.setattr(native_library, "load", lambda: None)
    assert RowLines(BUILT_IN, inputs_of(3)).native is None


def test_all_that_is_built_in_is_arithmetic():
    functions = [m.name for m in map(MEASUREMENTS.get, MEASUREMENTS) if m.quantity is None]
    assert sorted(functions) == ["buffer_displacement", "classes"]
    assert len(BUILT_IN) == 11
