"""Let torchvision download what is missing, and explain it when it cannot."""

from __future__ import annotations

import http.client
import logging
import socket
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from paramdyn.datasets.locations import DATA_VARIABLE
from paramdyn.errors import DatasetError

_log = logging.getLogger(__name__)
_TIMEOUT_SECONDS = 20.0
DOWNLOAD_ERRORS = (OSError, RuntimeError, EOFError, zlib.error, http.client.HTTPException)


def download(
    fetch: Callable[[], object], *, name: str, folder: Path, missing: list[str], hint: str = ""
) -> None:
    """Call ``fetch``; when it fails, say which files are looked for and how to get them.

    Args:
        fetch: Downloads into ``folder``.
        name: The data set's name.
        folder: Where the files are looked for.
        missing: The files that are not there.
        hint: Another way to get this data set, a whole sentence.

    Raises:
        DatasetError: The download failed.
    """
    _log.info("data set '%s': downloading %s to %s", name, ", ".join(missing), folder)
    absent = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        with _socket_timeout():
            fetch()
    except DOWNLOAD_ERRORS as error:
        for path in absent:
            _remove_if_empty(path)
        reason = str(error).strip().rpartition("\n")[2] or type(error).__name__
        raise DatasetError(
            f"data set '{name}': {', '.join(missing)} not found in {folder}, and downloading"
            f" failed: {reason.rstrip('.')}. These files were expected in that folder. Run once"
            f" where there is a network, or copy them there; --data or ${DATA_VARIABLE} chooses"
            f" another data folder.{' ' if hint else ''}{hint}"
        ) from error


@contextmanager
def _socket_timeout() -> Iterator[None]:
    """Give up on a silent network after a while: torchvision sets no limit of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_SECONDS)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _remove_if_empty(path: Path) -> None:
    try:
        path.rmdir()
    except OSError:
        _log.debug("%s stays", path)
