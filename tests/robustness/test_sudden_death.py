"""A worker that is killed right after a step has that step in its files."""

import os
from collections import Counter

import pytest

from paramdyn.native import native_library
from paramdyn.store.records import read

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
    pytest.mark.skipif(
        native_library.find_compiler() is None, reason="without a compiler rows wait for each other"
    ),
]
MEASURED_EACH_STEP = 11
EPOCH = 10


@pytest.mark.parametrize("last", [1, 2, 9, EPOCH, EPOCH + 1, 37])
def test_killed_after_a_step_it_has_recorded_that_step(
    last, train, go_on, the_run, whole, contents
):
    """Only the metrics of an epoch's last step are not there yet: its scores are to come."""
    child = train(dies_after=last)
    assert child.wait() == -9
    folder = the_run()
    drift = Counter(
        record["step"] for record in read(folder / "drift.jsonl")[0]
        if record["measurement"] not in ("classes", "buffer_displacement")
    )  # fmt: skip
    assert drift == dict.fromkeys(range(1, last + 1), MEASURED_EACH_STEP)
    metrics = [record["step"] for record in read(folder / "metrics.jsonl")[0]]
    assert metrics == list(range(last + (last % EPOCH != 0)))
    for name in ("drift", "metrics"):
        assert (folder / f"{name}.jsonl").read_bytes()[-1:] == b"\n"
    assert go_on(folder).wait() == 0
    assert contents(folder) == whole
