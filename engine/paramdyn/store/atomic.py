"""Files that are written whole or not at all, whatever kills the writer in between.

New content goes to a temporary name in the same folder, is forced to the disk, and takes the
file's place in one rename. A write that fails leaves the old file as it was and no temporary file.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from paramdyn.errors import BadRequest, ParamdynError, StoreError
from paramdyn.store.non_finite import plain

TEMPORARY_SUFFIX = ".tmp"

_SHOWN = 80
_FULL = "Free some space, or keep runs elsewhere with --runs."
_RIGHTS = "Change its permissions, or keep runs elsewhere with --runs."
_CAUSES = {
    errno.ENOSPC: ("the disk is full", _FULL),
    errno.EDQUOT: ("the disk quota is used up", _FULL),
    errno.EFBIG: ("the file is larger than this system allows", "Raise the limit (ulimit -f)."),
    errno.EACCES: ("permission denied", _RIGHTS),
    errno.EPERM: ("permission denied", _RIGHTS),
    errno.EROFS: ("the file system is read-only", "Keep runs elsewhere with --runs."),
    errno.ENOENT: ("its folder is not there", "Was it moved or deleted? Create it again."),
    errno.EEXIST: ("a file has its name", "Move that file, or choose another folder."),
    errno.ENOTDIR: ("its folder is a file", "Move that file, or choose another folder."),
    errno.ENXIO: ("it is a pipe, a socket or a device, a file was expected", "Move it away."),
    errno.EISDIR: ("it is a folder, a file was expected", "Move that folder away."),
    errno.ELOOP: ("it is a link that leads back to itself", "Remove that link."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter one."),
    errno.EMFILE: ("too many files are open", "Raise the limit (ulimit -n)."),
    errno.EIO: ("the disk reported an error", "Check the disk, or keep runs elsewhere."),
    errno.ESTALE: ("the network file system lost it", "Mount it again, then resume the run."),
}


def store_error(path: Path, action: str, error: OSError) -> StoreError:
    """Return the error that says in words why ``path`` could not be read or written.

    Args:
        path: The file.
        action: What failed, such as ``"written"``: completes "cannot be ...".
        error: What the system said.
    """
    reason = (error.strerror or str(error)).lower()
    cause, advice = _CAUSES.get(error.errno or 0, (reason, "Check the folder and the disk."))
    failure = StoreError(f"{path}: cannot be {action}: {cause}. {advice}")
    if error.errno == errno.ENAMETOOLONG:
        failure.exit_status = BadRequest.exit_status  # nothing that is tried again helps
    return failure


def in_words(error: OSError) -> ParamdynError:
    """Return in words what the system said about some file that a user named.

    A name that no disk takes is a bad request; all else is work that failed.
    """
    cause = (error.strerror or str(error)).lower()
    where = str(error.filename or "stdout")
    if error.errno == errno.ENAMETOOLONG:
        shown = where if len(where) <= _SHOWN else f"{where[:_SHOWN]}..."
        longest = max(len(os.fsencode(part)) for part in Path(where).parts)
        return BadRequest(
            f"{shown}: {cause}: {len(os.fsencode(where))} bytes, {longest} of them between two "
            "slashes. Disks take about 4,000 and 255. Choose a shorter one."
        )
    return StoreError(f"{where}: cannot be read or written: {cause}. Check it.")


def write_all(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of ``data``; the system may take it in pieces.

    Raises:
        OSError: The system refused; part may be written.
    """
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[int]:
    """Yield a descriptor whose content takes the place of ``path`` when the block ends well.

    Args:
        path: The file to write or replace. Its folder must exist.
        durable: Whether to wait until the disk has it. Without, the file is whole after any death
            of the process, but not after a power cut.

    Raises:
        StoreError: The file cannot be written; the old one is untouched.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}{TEMPORARY_SUFFIX}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        descriptor = os.open(temporary, flags, 0o666)
        try:
            try:
                yield descriptor
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
    except OSError as error:
        raise store_error(path, "written", error) from error
    if durable:
        _sync_folder(path.parent)


def write_whole(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Make ``path`` hold exactly ``data``, or leave it as it was.

    Raises:
        StoreError: It cannot be written; says why.
    """
    with replacing(path, durable=durable) as descriptor:
        write_all(descriptor, data)


def write_json(path: Path, obj: Any, *, durable: bool = True) -> None:  # noqa: ANN401 - JSON
    """Make ``path`` hold ``obj`` as indented JSON, with NaN and infinities as their words.

    Raises:
        StoreError: It cannot be written; says why.
    """
    text = json.dumps(plain(obj), indent=2, allow_nan=False)
    write_whole(path, text.encode("ascii") + b"\n", durable=durable)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that a killed writer of ``folder`` left.

    Only the folder's one writer may call this. Another process's request in ``control`` is spared.
    """
    with contextlib.suppress(OSError):
        for file in folder.glob(f".*{TEMPORARY_SUFFIX}"):
            if not file.name.startswith(".control."):
                file.unlink()


def _sync_folder(folder: Path) -> None:
    # The content is on the disk already; some network file systems refuse to sync a folder.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
