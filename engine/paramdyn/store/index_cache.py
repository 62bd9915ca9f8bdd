"""What was read of each run's state.json, kept from one list of runs to the next.

One file a runs folder, in the user's cache folder. It is never needed: one that is absent,
cut, foreign, of another version or not to be written costs time and nothing else. It is replaced
whole, so that lists made at the same time do not disturb each other.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import zlib
from collections.abc import Mapping
from pathlib import Path

import orjson

from paramdyn.errors import StoreError
from paramdyn.store.atomic import write_whole
from paramdyn.store.layout import SCHEMA_VERSION
from paramdyn.store.run_summary import Facts

Stamp = tuple[int, int, int, int]
"""A file's inode, times of change (content, then inode) in ns, and size: equal, so unchanged."""

CACHE_VARIABLE = "PARAMDYN_CACHE"
_MAGIC = f"paramdyn run index 2.{SCHEMA_VERSION}"
"""Raised whenever ``run_summary.facts_of`` keeps something else, or in another order."""


def load_index(runs: Path) -> dict[str, tuple[Stamp, Facts]]:
    """Return for each run its file's stamp and what was read of it; nothing when that is unknown.

    The facts may be anything that JSON can hold: whoever makes a summary of them must be ready
    for that.
    """
    try:
        path = _path(runs)
        with path.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_uid != os.geteuid():
                return {}
            head, _, body = file.read().partition(b"\n")
        if head != _head(runs, body):
            return {}
        return {name: (tuple(stamp), facts) for name, stamp, facts in orjson.loads(body)}
    except (OSError, ValueError, TypeError, RuntimeError):
        return {}


def save_index(runs: Path, index: Mapping[str, tuple[Stamp, Facts]]) -> None:
    """Keep ``index`` for the next time, where that is possible."""
    with contextlib.suppress(OSError, StoreError, TypeError, ValueError, RuntimeError):
        body = orjson.dumps([(name, stamp, facts) for name, (stamp, facts) in index.items()])
        path = _path(runs)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, _head(runs, body) + b"\n" + body, durable=False)


def _path(runs: Path) -> Path:
    root = os.environ.get(CACHE_VARIABLE)
    if not root:
        import platformdirs

        root = platformdirs.user_cache_dir("paramdyn")
    return Path(root, "runs", hashlib.sha256(_identity(runs)).hexdigest()[:24])


def _identity(runs: Path) -> bytes:
    return os.fsencode(os.path.realpath(runs))


def _head(runs: Path, body: bytes) -> bytes:
    """Return the first line: format, version, checksum and folder."""
    folder = hashlib.sha256(_identity(runs)).hexdigest()
    return f"{_MAGIC} {zlib.crc32(body):08x} {folder}".encode("ascii")
