"""Opening what may be a file or something else."""

import errno
import os

import pytest

from paramdyn.regular_files import open_descriptor, open_regular, read_regular


def test_a_file_and_a_link_to_it_are_read(tmp_path):
    (tmp_path / "file").write_bytes(b"a\r\nb")
    (tmp_path / "link").symlink_to("file")
    assert b"a\r\nb" == read_regular(tmp_path / "file") == read_regular(str(tmp_path / "link"))
    with open_regular(tmp_path / "file") as file:
        assert [b"a\r\n", b"b"] == list(file)


def test_what_is_made_is_a_file(tmp_path):
    descriptor = open_descriptor(tmp_path / "file", os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, b"x")
    os.close(descriptor)
    assert b"x" == (tmp_path / "file").read_bytes()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("flags", [os.O_RDONLY, os.O_WRONLY, os.O_RDWR])
def test_a_pipe_is_refused_at_once(tmp_path, flags):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="No such device or address") as caught:
        open_descriptor(tmp_path / "pipe", flags)
    assert errno.ENXIO == caught.value.errno


def test_a_folder_is_refused_and_nothing_stays_open(tmp_path):
    (tmp_path / "file").touch()
    with open_regular(tmp_path / "file") as file:
        free = file.fileno()
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    with open_regular(tmp_path / "file") as file:
        assert free == file.fileno()


def test_what_is_absent_is_missing(tmp_path):
    (tmp_path / "broken").symlink_to("nowhere")
    for name in ("absent", "broken"):
        with pytest.raises(FileNotFoundError):
            open_regular(tmp_path / name)
