"""A user's own model: ``package.module:factory``, imported from here or from the current folder."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from paramdyn import vision
from paramdyn.errors import BadRequest
from paramdyn.registry import nearest_names
from paramdyn.signatures import USER_CODE_FAILURES, first_line


def load_factory(name: str) -> Callable[..., Any]:
    """Import and return what ``package.module:factory`` names.

    The current directory can be imported from, as with ``python -m``.

    Raises:
        BadRequest: The module cannot be imported, has no such attribute, or it cannot be called.
    """
    module_name, _, attribute = name.partition(":")
    if not module_name or not attribute:
        raise BadRequest(
            f"model.name: '{name}' is not 'package.module:factory'. Write the module, a colon and "
            "the function or class that returns the model."
        )
    vision.torchvision()  # a factory may import it plainly, which alone can fail
    try:
        with _current_directory_importable():
            thing: Any = importlib.import_module(module_name)
    except USER_CODE_FAILURES as error:
        raise BadRequest(
            f"model '{name}': cannot import '{module_name}' ({first_line(error)}). Expected a "
            f"module that Python finds from '{Path.cwd()}' or installed. Check the name, or run "
            f'python -c "import {module_name}" to see the whole error.'
        ) from error
    for part in attribute.split("."):
        if not hasattr(thing, part):
            near = nearest_names(part, [key for key in vars(thing) if not key.startswith("_")])
            hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
            raise BadRequest(
                f"model '{name}': module '{module_name}' has no '{part}'.{hint} Expected a "
                "function or class that returns a torch.nn.Module."
            )
        thing = getattr(thing, part)
    if not callable(thing):
        raise BadRequest(
            f"model '{name}': '{attribute}' is a {type(thing).__name__}, which cannot be called. "
            "Expected a function or class that returns a torch.nn.Module."
        )
    factory: Callable[..., Any] = thing
    return factory


@contextmanager
def _current_directory_importable() -> Iterator[None]:
    here = str(Path.cwd())
    if here in sys.path or "" in sys.path:
        yield
        return
    sys.path.insert(0, here)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        if here in sys.path:
            sys.path.remove(here)
