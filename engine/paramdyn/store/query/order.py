"""The order of runs in a list: by any keys, or as a tree of parents and children."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from paramdyn.errors import QueryError
from paramdyn.store.query.groups import order_of
from paramdyn.store.query.keys import Key, UnknownKey, Vocabulary
from paramdyn.store.run_summary import RunSummary

Order = list[tuple[Key, bool]]
"""Keys to sort by, the first one first, each with whether its largest values come first."""

_LARGEST_FIRST = ("epoch", "step", "images_per_s")


@dataclass(frozen=True, slots=True)
class Branch:
    """One run in a tree.

    Attributes:
        run: The run.
        going_on: For each level above it, whether that level has more below.
        is_last: Whether it is the last child of its parent, or a root.
        lost_parent: ``RUN@STEP`` of a parent that is not in the folder; empty for none.
        is_context: Whether it is shown only because a run below it is meant.
    """

    run: RunSummary
    going_on: tuple[bool, ...] = ()
    is_last: bool = True
    lost_parent: str = ""
    is_context: bool = False

    @property
    def depth(self) -> int:
        """How many ancestors stand above it."""
        return len(self.going_on)


def keys_of(text: str, vocabulary: Vocabulary, *, where: str) -> list[tuple[Key, bool]]:
    """Return the keys in ``a,-b``, each with whether a ``-`` stood before it.

    Raises:
        QueryError: Unknown or ambiguous keys; all of them.
    """
    found, problems = [], []
    for word in filter(None, (part.strip() for part in text.split(","))):
        name = word.removeprefix("-")
        try:
            found.append((vocabulary.find(name), name != word))
        except UnknownKey as error:
            problems.append(f"{where}: {error}")
    if not found and not problems:
        problems = [f"{where}: names no key. Write one, such as 'model'."]
    if problems:
        raise QueryError(problems)
    return found


def order_from(keys: Sequence[tuple[Key, bool]]) -> Order:
    """Return what to sort by: the best, farthest, newest first; ``-`` turns a key around."""
    return [(key, turned is not _largest_first(key)) for key, turned in keys]


def sort_by(items: Iterable[Any], order: Order, get: Callable[[Key, Any], Any]) -> list[Any]:
    """Return ``items`` sorted; equal ones keep their order; those without a value come last.

    Args:
        items: Runs, or groups of runs.
        order: What to sort by.
        get: Returns the value of a key for an item.
    """
    found = list(items)
    for key, largest_first in reversed(order):
        valued = [(order_of(get(key, item)), item) for item in found]
        known = [pair for pair in valued if pair[0][0] != order_of(None)[0]]
        missing = [item for rank, item in valued if rank[0] == order_of(None)[0]]
        known.sort(key=lambda pair: pair[0], reverse=largest_first)
        found = [item for _, item in known] + missing
    return found


def tree_of(chosen: Sequence[RunSummary], everything: Sequence[RunSummary]) -> list[Branch]:
    """Return ``chosen`` with every run below its parent, in the order given among siblings.

    Args:
        chosen: The runs to show, sorted.
        everything: All runs of the folder: parents that are not chosen are shown as context.
    """
    by_name = {run.name: run for run in everything}
    wanted = {run.name for run in chosen}
    shown = {run.name: run for run in chosen}
    for run in chosen:
        for ancestor in _ancestors(run, by_name):
            shown.setdefault(ancestor.name, ancestor)
    children: dict[str, list[RunSummary]] = {name: [] for name in shown}
    roots: list[RunSummary] = []
    for run in shown.values():
        above = next(_ancestors(run, by_name), None)
        (roots if above is None else children[above.name]).append(run)
    found: list[Branch] = []
    waiting = [Branch(run) for run in reversed(roots)]
    while waiting:
        branch = waiting.pop()
        name, parent = branch.run.name, branch.run.parent
        lost = parent if parent and branch.run.parent_run not in by_name else ""
        found.append(Branch(branch.run, branch.going_on, branch.is_last, lost, name not in wanted))
        below = (*branch.going_on, not branch.is_last) if branch.going_on else (False,)
        count = len(children[name])
        waiting += reversed(
            [Branch(run, below, i == count - 1) for i, run in enumerate(children[name])]
        )
    return found


def _ancestors(run: RunSummary, by_name: dict[str, RunSummary]) -> Iterator[RunSummary]:
    """Yield the parent, its parent, ...; edited files may go in circles, which is cut open."""
    seen = {run.name}
    chain = []
    while run.parent_run in by_name:
        run = by_name[run.parent_run]
        if run.name in seen:
            return
        seen.add(run.name)
        chain.append(run)
    yield from chain


def _largest_first(key: Key) -> bool:
    return key.name in _LARGEST_FIRST or key.name.endswith("accuracy")
