"""What a run keeps of its parent when that is deleted: the very snapshot that it started from.

Its values at step 0 are made from that file, whenever it is resumed. It becomes
``origin.safetensors`` in the child's folder, by a second name for the same bytes where the file
system has that (a hard link), else as a copy.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from paramdyn.errors import ParamdynError
from paramdyn.regular_files import open_regular
from paramdyn.specs.controls import start_of
from paramdyn.specs.reader import read_spec
from paramdyn.store.atomic import replacing, store_error, write_all
from paramdyn.store.run_folder import RunFolder, find_run, snapshot_path

_PIECE = 4 << 20


@dataclass(frozen=True, slots=True)
class Origin:
    """The snapshot that a child started from.

    Attributes:
        child: The run that stays.
        file: The snapshot in its parent's folder; None when it is not to be found any more.
    """

    child: RunFolder
    file: Path | None

    @property
    def size(self) -> int:
        """Its bytes; 0 without a file."""
        try:
            return self.file.stat().st_size if self.file else 0
        except OSError:
            return 0


def origin_of(child: RunFolder, parent: RunFolder) -> Origin:
    """Return which snapshot of ``parent`` a child started from."""
    try:
        start = start_of(read_spec(child.layout.spec))
        if start is None or find_run(child.path.parent, start.run) != parent:
            return Origin(child, None)
        return Origin(child, snapshot_path(parent, start.step))
    except (ParamdynError, OSError):
        return Origin(child, None)


def keep_origin(origin: Origin) -> int:
    """Put the snapshot into the child's folder, unless it is there; return the bytes copied.

    Raises:
        StoreError: It cannot be put there, and was not.
    """
    place = origin.child.layout.origin
    if origin.file is None or os.path.lexists(place):
        return 0
    try:
        os.link(origin.file, place)
    except FileExistsError:
        return 0
    except OSError:  # another disk, or one without hard links
        return _copied(origin.file, place)
    return 0


def _copied(file: Path, place: Path) -> int:
    try:
        with open_regular(file) as source, replacing(place) as descriptor:
            while piece := source.read(_PIECE):
                write_all(descriptor, piece)
            return source.tell()
    except OSError as error:
        raise store_error(file, "copied for the runs that started from it", error) from error
