"""torchvision, imported in one place.

A torchvision whose compiled operators were built against another torch fails at import with
``operator torchvision::nms does not exist``. Its models, data sets and transforms are Python and
need none of those operators, so on exactly that error the two schemas it asks for are declared
and the import is tried again.
"""

from __future__ import annotations

import importlib
import sys
from functools import cache
from types import ModuleType

import torch

_NEEDED = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_libraries: list[torch.library.Library] = []  # a declaration lives as long as its library object


@cache
def torchvision() -> ModuleType:
    """Return torchvision with ``models``, ``datasets`` and ``transforms`` usable.

    Raises:
        ImportError: torchvision is not installed.
        RuntimeError: Its import fails for another reason than the missing operators.
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if "operator torchvision::nms does not exist" not in str(error):
            raise
    for name in [name for name in sys.modules if name.partition(".")[0] == "torchvision"]:
        del sys.modules[name]
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in _NEEDED.values():
        library.define(schema)
    _libraries.append(library)
    return importlib.import_module("torchvision")
