"""Questions about trained networks: the functions behind ``paramdyn analyze``.

Each takes runs by id or path, or subjects (``open_run``, ``open_weights``), and returns a plain
dataclass. A ``Bench`` says where runs and data are and how closely to look, and does each forward
pass once for all questions that share it.

>>> from paramdyn import analysis
>>> audit = analysis.reach("resnet18", image_size=32)
>>> audit.structural, audit.vanishes_at
(6946816, 33)

With runs at hand::

    bench = analysis.Bench(runs=Path("runs"), options=analysis.Options(most_images=2000))
    found = analysis.recovery("lenet-mnist-run-sign-flip", bench=bench)
    for verdict in found.verdicts:
        print(verdict_text(verdict))

    book = analysis.changed("lenet-mnist-default", bench=bench).ledger
    print(book.share("changed"), book.share("structural"))

    mine = analysis.open_weights(Path("mine.pt"), RunSpec(model=ModelSpec(name="vgg19")))
    print(analysis.connectivity(mine, "vgg19-cifar10-default", bench=bench))

The names are imported when they are first used. The packages beside this page have other names
than the functions: ``changes``, ``movement``, ``perturbed``, ``features``, ``settling``,
``connection``, ``reachability``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Answer
    from paramdyn.analysis.bench import Bench, Options
    from paramdyn.analysis.by_name import changed, convergence, reach
    from paramdyn.analysis.connection.connecting import connectivity
    from paramdyn.analysis.features.correlation import correlation
    from paramdyn.analysis.movement.distances import distance
    from paramdyn.analysis.perturbed import recovery
    from paramdyn.analysis.subjects import Subject, model_subject, open_run, open_weights

__all__ = [
    "Answer",
    "Bench",
    "Options",
    "Subject",
    "changed",
    "connectivity",
    "convergence",
    "correlation",
    "distance",
    "model_subject",
    "open_run",
    "open_weights",
    "reach",
    "recovery",
]

_HOMES = {
    "Answer": "answer",
    "Bench": "bench",
    "Options": "bench",
    "connectivity": "connection.connecting",
    "correlation": "features.correlation",
    "distance": "movement.distances",
    "recovery": "perturbed",
    "Subject": "subjects",
    "model_subject": "subjects",
    "open_run": "subjects",
    "open_weights": "subjects",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each public name has its own type
    """Import a public name on its first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'paramdyn.analysis' has no attribute '{name}'")
    home = importlib.import_module(f"paramdyn.analysis.{_HOMES.get(name, 'by_name')}")
    globals()[name] = getattr(home, name)
    return globals()[name]


def __dir__() -> list[str]:
    """List the public names, loaded or not."""
    return sorted({*globals(), *__all__})
