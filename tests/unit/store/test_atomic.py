import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from paramdyn.errors import StoreError
from paramdyn.store import atomic
from paramdyn.store.atomic import remove_leftovers, write_json, write_whole

REPLACES_FOREVER = """
import sys
from pathlib import Path
from paramdyn.store.atomic import write_whole
path = Path(sys.argv[1])
for number in range(10**9):
    write_whole(path, (b"%d" % (number % 10)) * 300_000, durable=number % 2 == 0)
    if number == 20:
        print("going", flush=True)
"""


def refuse(code):
    def fail(*_args, **_kwargs):
        raise OSError(code, os.strerror(code))

    return fail


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_writes_and_replaces(tmp_path):
    path = tmp_path / "file"
    write_whole(path, b"old")
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert files(tmp_path) == ["file"]


def test_new_files_obey_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_whole(tmp_path / "file", b"")
    finally:
        os.umask(old)
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_json_holds_words_for_what_json_cannot_hold(tmp_path):
    write_json(tmp_path / "a.json", {"x": [float("nan"), float("inf")], "y": (-float("inf"), 0.1)})
    text = (tmp_path / "a.json").read_text()
    assert "".join(text.split()) == '{"x":["nan","inf"],"y":["-inf",0.1]}'


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        ("write", errno.ENOSPC, "the disk is full"),
        ("fsync", errno.EDQUOT, "quota"),
        ("open", errno.EACCES, "permission denied"),
        ("open", errno.EROFS, "read-only"),
        ("fsync", errno.EIO, "the disk reported an error"),
    ],
)
def test_a_failed_write_says_why_and_changes_nothing(tmp_path, monkeypatch, call, code, words):
    path = tmp_path / "state.json"
    write_whole(path, b"old")
    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, call, refuse(code))
        with pytest.raises(StoreError, match=words) as caught:
            write_whole(path, b"new")
    assert str(caught.value).startswith(f"{path}: cannot be written: ")
    assert path.read_bytes() == b"old"
    assert files(tmp_path) == ["state.json"]


def test_a_file_size_limit_is_an_error_in_words(tmp_path):
    resource = pytest.importorskip("resource")
    path = tmp_path / "file"
    write_whole(path, b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(StoreError, match="larger than this system allows"):
            write_whole(path, b"x" * 300_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == b"old"
    assert files(tmp_path) == ["file"]


def test_a_vanished_folder_is_an_error_in_words(tmp_path):
    with pytest.raises(StoreError, match="its folder is not there"):
        write_whole(tmp_path / "gone" / "file", b"")


def test_an_unknown_failure_keeps_the_systems_words(tmp_path, monkeypatch):
    monkeypatch.setattr(atomic.os, "open", refuse(errno.ENODEV))
    with pytest.raises(StoreError, match="no such device"):
        write_whole(tmp_path / "file", b"")


def test_an_interrupted_write_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupt(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(atomic.os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", b"new")
    assert files(tmp_path) == []


def test_a_killed_writer_leaves_a_whole_file(tmp_path):
    path = tmp_path / "file"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-S", "-c", REPLACES_FOREVER, str(path)],
            stdout=subprocess.PIPE,
            env=environment,
        ) as writer:
            assert writer.stdout.readline() == b"going\n"
            writer.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert (len(content), len(set(content))) == (300_000, 1)
    remove_leftovers(tmp_path)
    assert files(tmp_path) == ["file"]


def test_leftovers_of_other_writers_requests_are_spared(tmp_path):
    for name in (".control.1234.tmp", ".run.json.1234.tmp", ".hidden", "mine.tmp"):
        Path(tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert files(tmp_path) == [".control.1234.tmp", ".hidden", "mine.tmp"]
