"""Real workers, quickly: forked from a process that has imported torch already."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

NURSERY = '''
import ctypes, importlib, json, os, resource, sys, time
from pathlib import Path
import torch
torch.set_num_threads(1)
from paramdyn.specs import RunSpec
from paramdyn.specs.validation import validate
from paramdyn.training import loop, prepare, run, worker

prepare.prepare(validate(RunSpec()), runs=Path(), data_folder=Path())  # imports all it needs

def slowed(train_batch, seconds):
    def train(self, index):
        time.sleep(seconds)
        return train_batch(self, index)
    return train

def held(prepare, gate):
    def wait(*given, **named):
        while not os.path.exists(gate):
            time.sleep(0.01)
        return prepare(*given, **named)
    return wait

def dying(train_batch, step):
    def train(self, index):
        train_batch(self, index)
        if self.step == step:
            os.kill(os.getpid(), 9)
    return train

def without_override():
    """Be no superuser to the file system: permissions count."""
    header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc = ctypes.CDLL(None)
    if os.getuid() == 0 and libc.capget(header, sets) == 0:
        for k in range(2):
            sets[k] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.capset(header, sets)

def work(order):
    os.setsid()
    for target, path in enumerate((os.devnull, order["stdout"], order["stderr"])):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND if target else os.O_RDONLY
        os.dup2(os.open(path, flags, 0o666), target)
    for name, value in order["settings"].items():
        module, _, constant = name.partition(":")
        setattr(importlib.import_module("paramdyn." + module), constant, value)
    if order["slow"]:
        loop.TrainingLoop.train_batch = slowed(loop.TrainingLoop.train_batch, order["slow"])
    if order["gate"]:
        run.prepare = held(run.prepare, order["gate"])
    if order["dies_after"]:
        loop.TrainingLoop.train_batch = dying(loop.TrainingLoop.train_batch, order["dies_after"])
    if order["largest_file"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["largest_file"],) * 2)
    if order["ordinary"]:
        without_override()
    sys.argv = ["worker", *order["arguments"]]
    return worker.main()

print("ready", flush=True)
for line in sys.stdin:
    order = json.loads(line)
    if "wait" in order:
        answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
    else:
        answer = os.fork()
        if answer == 0:
            status = 70
            try:
                status = work(order)
            finally:
                os._exit(status)
    print(json.dumps(answer), flush=True)
'''

SPEC = """
plugins = []
[dataset]
name = "digits"
train_limit = 240
test_limit = 60
validation = 40
[optimizer]
name = "adam"
learning_rate = 0.002
[training]
epochs = 8
batch_size = 20
device = "cpu"
threads = 1
[recording]
when = "every:1"
snapshots = ["init", "every:2", "final"]
"""
STEPS = 80
"""200 training images remain beside the 40 of validation: 10 steps an epoch."""


class Child:
    """One worker."""

    def __init__(self, nursery, pid, said):
        self.pid = pid
        self._nursery, self._said, self._status = nursery, said, None

    @property
    def stderr(self):
        return self._said.with_suffix(".stderr").read_text()

    @property
    def stdout(self):
        return self._said.with_suffix(".stdout").read_text()

    def signal(self, number):
        if self._status is None:
            os.kill(self.pid, number)

    def wait(self):
        """Return its exit status; a signal is negative."""
        if self._status is None:
            self._status = self._nursery.ask({"wait": self.pid})
        return self._status


class Nursery:
    """Forks workers, waits for them, and ends those that are left."""

    def __init__(self, folder):
        self._folder = folder
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout.readline() == "ready\n"
        self.children = []

    def ask(self, order):
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self, *arguments, stdout=None, **options):
        """Start a worker with these arguments.

        Args:
            arguments: Its command line.
            stdout: Where it says how the start went, if not into a file of its own.
            options: Seconds to sleep before each batch (``slow``), the step whose batch is its last
                act (``dies_after``), a file without which it does not begin to prepare a run
                (``gate``), bytes that no file it writes may exceed (``largest_file``), whether
                permissions count even for root (``ordinary``),
                and ``module:NAME`` to a value (``settings``).
        """
        said = self._folder / f"worker-{len(self.children)}"
        order = {
            "arguments": [str(argument) for argument in arguments],
            "stdout": str(stdout or said.with_suffix(".stdout")),
            "stderr": str(said.with_suffix(".stderr")),
            "slow": 0.0,
            "gate": "",
            "dies_after": 0,
            "largest_file": 0,
            "ordinary": False,
            "settings": {},
            **options,
        }
        child = Child(self, self.ask(order), said)
        self.children.append(child)
        return child

    def end_all(self):
        for child in self.children:
            child.signal(signal.SIGKILL)
            child.wait()

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(60)


@pytest.fixture(scope="session")
def _nursery(tmp_path_factory):
    nursery = Nursery(tmp_path_factory.mktemp("workers"))
    yield nursery
    nursery.end_all()
    nursery.close()


@pytest.fixture
def nursery(_nursery):
    """Starts workers that are gone when the test is over."""
    yield _nursery
    _nursery.end_all()


@pytest.fixture
def spec_file(tmp_path):
    """LeNet on 200 digits for 80 steps, recorded at each."""
    path = tmp_path / "asked.toml"
    path.write_text(SPEC)
    return path


@pytest.fixture
def train(nursery, spec_file, runs_dir):
    """Return a function that starts a worker on the spec, in the test's folder of runs."""
    return lambda **keywords: nursery.start("--spec", spec_file, "--runs", runs_dir, **keywords)


@pytest.fixture
def go_on(nursery):
    """Return a function that starts a worker that resumes a run."""
    return lambda folder, **keywords: nursery.start("--resume", folder, **keywords)


@pytest.fixture(scope="session")
def whole(_nursery, tmp_path_factory):
    """The contents of the run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "asked.toml").write_text(SPEC)
    child = _nursery.start("--spec", folder / "asked.toml", "--runs", folder / "runs")
    assert child.wait() == 0, child.stderr
    [run] = (folder / "runs").iterdir()
    return _contents(run)


@pytest.fixture
def contents():
    """Return a function that reads all that two equal runs share."""
    return _contents


@pytest.fixture
def eventually():
    """Return a function that polls until something is true, and returns it."""

    def wait(condition, *, seconds=60):
        end = time.monotonic() + seconds
        while not (found := condition()):
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.002)
        return found

    return wait


@pytest.fixture
def state_of():
    """Return a function that reads a run's state.json, and None while there is none."""
    from paramdyn.errors import StoreError
    from paramdyn.store.layout import Layout
    from paramdyn.store.state import read_state

    def read(folder):
        try:
            return read_state(Layout(folder))
        except StoreError:
            return None

    return read


@pytest.fixture
def the_run(runs_dir, eventually, state_of):
    """Return a function that waits until the one run is there and has done some steps."""

    def find(*, steps=0):
        def found():
            folders = [path for path in runs_dir.iterdir() if not path.name.startswith(".")]
            if folders and (state := state_of(folders[0])) and state.step >= steps:
                return folders[0]
            return None

        return eventually(found)

    return find


def _contents(folder: Path) -> dict[str, bytes]:
    files = [folder / f"{name}.jsonl" for name in ("metrics", "drift", "events")]
    files += [folder / "spec.toml", *(folder / "snapshots").iterdir()]
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(files)}
