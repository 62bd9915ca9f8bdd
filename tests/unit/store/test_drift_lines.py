import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from paramdyn.errors import StoreError
from paramdyn.store import drift_lines
from paramdyn.store.drift_lines import (
    bytes_until,
    first_line,
    last_line,
    lines_of,
    sample_lines,
)
from paramdyn.store.records import encode_measurement

NAMES = ("displacement", "update_norm", "displacement_of_buffers")


@pytest.fixture
def _tiny_pieces(monkeypatch):
    monkeypatch.setattr(drift_lines, "WHOLE_BYTES", 0)
    monkeypatch.setattr(drift_lines, "PIECE_BYTES", 3)
    monkeypatch.setattr(drift_lines, "BLOCK_BYTES", 40)


def lines_with(steps, width=3):
    """A file's lines: at each step those of ``NAMES`` that ``steps`` gives it."""
    return [
        encode_measurement(step, name, 0.5, [step / 7] * width).encode()
        for step, names in enumerate(steps)
        for name in names
    ]


STEPS = st.lists(st.sets(st.sampled_from(NAMES)).map(sorted), max_size=12)


@pytest.mark.usefixtures("_tiny_pieces")
@settings(max_examples=500, deadline=None)
@given(steps=STEPS, count=st.integers(1, 30), piece=st.integers(1, 90), half=st.booleans())
def test_each_place_gives_the_first_line_after_it_and_the_last_of_all(
    tmp_path_factory, steps, count, piece, half
):
    lines = lines_with(steps)
    path = tmp_path_factory.mktemp("run") / "drift.jsonl"
    path.write_bytes(b"".join(lines) + lines_with([NAMES])[0][:-3] * half)
    starts = [sum(map(len, lines[:index])) for index in range(len(lines))]
    wanted = [
        (start, line[:-1])
        for start, line in zip(starts, lines, strict=True)
        if b'"displacement"' in line
    ]
    size = path.stat().st_size
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drift_lines, "PIECE_BYTES", piece)
        found = sample_lines(path, "displacement", count)
        last = last_line(path, "displacement")
    expected = []
    for place in range(count):
        after = [line for start, line in wanted if start >= size * place // count]
        expected += [line for line in after[:1] if line not in expected]
    expected += [line for _, line in wanted[-1:] if line not in expected]
    assert expected == found
    assert (wanted[-1][1] if wanted else None) == last


def test_short_file_comes_whole(tmp_path):
    path = tmp_path / "drift.jsonl"
    lines = lines_with([NAMES] * 50)
    path.write_bytes(b"".join(lines))
    every = [line[:-1] for line in lines if b'"displacement"' in line]
    assert every == sample_lines(path, "displacement", 2)
    assert every == [line for block in lines_of(path, "displacement") for line in block]
    assert every[0] == first_line(path, "displacement")
    assert first_line(path, "absent") is None


def test_long_file_is_hardly_read(tmp_path, monkeypatch):
    path = tmp_path / "drift.jsonl"
    path.write_bytes(b"".join(lines_with([NAMES] * 20_000, width=10)))
    monkeypatch.setattr(drift_lines, "WHOLE_BYTES", 1 << 16)
    read = 0

    class Counting:
        def __init__(self, file):
            self._file = file
            self.seek = file.seek

        def read(self, size):
            nonlocal read
            data = self._file.read(size)
            read += len(data)
            return data

    sampled = drift_lines._sampled
    monkeypatch.setattr(drift_lines, "_sampled", lambda f, *rest: sampled(Counting(f), *rest))
    assert 101 == len(sample_lines(path, "update_norm", 100))
    assert read <= 102 * drift_lines.PIECE_BYTES
    assert read < path.stat().st_size / 3


def test_missing_file_has_no_lines_and_a_folder_is_told(tmp_path):
    path = tmp_path / "drift.jsonl"
    assert [] == sample_lines(path, "displacement", 3)
    assert [] == list(lines_of(path, "displacement"))
    assert last_line(path, "displacement") is None
    for reader in (lambda: list(lines_of(tmp_path, "x")), lambda: last_line(tmp_path, "x")):
        with pytest.raises(StoreError, match="cannot be read"):
            reader()


@pytest.mark.usefixtures("_tiny_pieces")
@settings(max_examples=300, deadline=None)
@given(steps=STEPS, until=st.integers(-1, 12), piece=st.integers(1, 90), half=st.booleans())
def test_a_file_read_up_to_a_step_is_as_if_nothing_had_come_after(
    tmp_path_factory, steps, until, piece, half
):
    path = tmp_path_factory.mktemp("run") / "drift.jsonl"
    kept = lines_with(steps[: until + 1])
    path.write_bytes(b"".join(lines_with(steps)) + lines_with([NAMES])[0][:-3] * half)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(drift_lines, "PIECE_BYTES", piece)
        end = bytes_until(path, until)
        assert len(b"".join(kept)) == end
        for name in NAMES:
            expected = [line[:-1] for line in kept if f'"{name}"'.encode() in line]
            assert expected == [line for lines in lines_of(path, name, end) for line in lines]
            assert (expected or [None])[-1] == last_line(path, name, end)
            sampled = sample_lines(path, name, 3, end)
            assert expected[-1:] == sampled[-1:]
            assert set(sampled) <= set(expected)


def test_a_missing_file_has_no_bytes_up_to_any_step(tmp_path):
    assert 0 == bytes_until(tmp_path / "drift.jsonl", 5)
