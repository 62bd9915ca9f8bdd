"""kill -9 at any moment, as often as it comes: the run ends with the bytes of one never touched.

By default a few kills; ``PARAMDYN_LONG=1`` does two hundred, and sixty more of each kind of run
that writes in another way.
"""

import os
import random
import signal
import time
from itertools import count

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="workers are forked"),
]
LONG = bool(os.environ.get("PARAMDYN_LONG"))
OFTEN = {
    "training.clock:FIRST_CHECKPOINT_SECONDS": 0.0,
    "training.clock:CHECKPOINT_SECONDS": 0.03,
    "training.clock:CHECKPOINT_SHARE": 0.5,
}
PRIVATE = {"log.txt", "run.json", "state.json", "timing.jsonl"}
LEFT_BY_A_KILL = {"checkpoint.pt", "lock", ".reserve"}  # one that comes after the end


def kill_some_time(child, chance, folders, state_of):
    """Kill a worker while it starts, or, more often, at some time after its first report."""
    if chance.random() < 0.2:
        time.sleep(chance.uniform(0.0, 0.4))
    else:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            state = next((state_of(folder) for folder in folders()), None)
            if state is not None and state.pid == child.pid:
                break
            time.sleep(0.001)
        time.sleep(chance.uniform(0.0, 0.6))
    child.signal(signal.SIGKILL)


SNAPSHOTS = 'snapshots = ["init", "every:2", "final"]'


@pytest.fixture(params=["quick", "slow steps", "many snapshots"])
def case(request, spec_file, nursery, tmp_path, whole, contents):
    """How often to kill, how slow a step is, and the contents of the undisturbed run.

    Steps that take longer than writing a row have each row written at once. Snapshots at every
    epoch's end, and of the best, are copied and written while training goes on.
    """
    if request.param == "quick":
        return 200 if LONG else 5, 0.0, whole
    if request.param == "slow steps":
        return 60 if LONG else 3, 0.01, whole
    text = spec_file.read_text()
    assert SNAPSHOTS in text
    text = text.replace(SNAPSHOTS, 'snapshots = ["init", "every:1", "best", "final"]')
    spec_file.write_text(text.replace("batch_size = 20", "batch_size = 100"))
    child = nursery.start("--spec", spec_file, "--runs", tmp_path / "undisturbed")
    assert child.wait() == 0, child.stderr
    [folder] = (tmp_path / "undisturbed").iterdir()
    return 60 if LONG else 3, 0.0, contents(folder)


@pytest.mark.timeout(1800)
def test_killed_at_random_moments_it_ends_with_the_same_bytes(
    case, nursery, spec_file, tmp_path, contents, state_of
):
    most, slow, whole = case
    chance = random.Random(20260131)
    kills, resumed_from = 0, set()
    for number in count():
        runs = tmp_path / f"runs-{number}"
        folders = lambda runs=runs: list(runs.glob("[!.]*"))  # noqa: E731
        while not ((found := folders()) and state_of(found[0]).status == "finished"):
            given = ["--resume", found[0]] if found else ["--spec", spec_file, "--runs", runs]
            if found:
                resumed_from.add(state_of(found[0]).checkpoint_step)
            child = nursery.start(*given, settings=OFTEN, slow=slow)
            if kills < most:
                kill_some_time(child, chance, folders, state_of)
            status = child.wait()
            assert status in (0, -signal.SIGKILL), child.stdout + child.stderr
            kills += status != 0
        [folder] = folders()
        assert whole == contents(folder)
        left = {path.name for path in folder.iterdir()} - {path.split("/")[0] for path in whole}
        assert left - PRIVATE <= (set() if status == 0 else LEFT_BY_A_KILL)
        if kills == most:
            break
    print(f"{kills} kills, {number + 1} runs, {len(resumed_from)} checkpoints resumed from")  # noqa: T201
    # A few kills may all come after the same checkpoint; scores of them do not.
    assert len(resumed_from) > (1 if LONG else 0)
