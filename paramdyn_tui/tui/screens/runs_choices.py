"""The dialogs of the list of runs: which runs, in what order, in what groups, which metric."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from paramdyn.store.query.completion import complete_query
from paramdyn_tui.cli.run_table import heading, text_of
from paramdyn_tui.tui.dialogs.choice import Choice, ChoiceDialog
from paramdyn_tui.tui.dialogs.prompt import Prompt
from paramdyn_tui.tui.run_panes.measures import formula
from paramdyn_tui.tui.widgets.run_list.columns import heading_of
from paramdyn_tui.tui.widgets.run_list.listing import (
    Listing,
    metrics_in,
    origin_text,
    quantities_in,
    query_problem,
)
from paramdyn_tui.watching.trends import DRIFT

if TYPE_CHECKING:
    from paramdyn_tui.tui.screens.runs import RunsScreen

NO_GROUPS, BUT_SEEDS = "", "*"
USUAL_KEYS = (
    "id", "status", "model", "dataset", "init", "optimizer", "lr", "perturb", "arm", "seed",
    "epoch", "images_per_s", "created",
)  # fmt: skip
SAMPLE = 2000
"""So many runs are looked at for completion while a person types."""


def ask_for_query(screen: RunsScreen) -> None:
    """Ask which runs are meant; the list follows while it is typed."""
    listing = screen.listing
    if listing is None:
        return
    before = screen.application.settings.query
    runs = listing.everything[:SAMPLE]

    @lru_cache(maxsize=8)
    def proposals(text: str) -> tuple[str, ...]:
        last = "" if not text or text[-1].isspace() else text.rsplit(maxsplit=1)[-1]
        head = text[: len(text) - len(last)]
        return tuple(head + word for word in complete_query(text, runs))

    def show(text: str) -> None:
        if text != screen.application.settings.query:
            screen.change(query=text)

    prompt = Prompt(
        "key=value  key>=number  has:key  word  -term  a | b   tab completes",
        before,
        check=lambda text: query_problem(text, listing.vocabulary),
        propose=proposals,
        changed=show,
    )
    screen.application.push_screen(prompt, lambda text: show(before if text is None else text))


def ask_for_order(screen: RunsScreen) -> None:
    """Ask what runs are sorted by; the same again turns it around."""
    listing = screen.listing
    if listing is None:
        return
    sort = screen.application.settings.sort
    choices = [Choice("", "age", "newest first")]
    for name in _keys_to_sort_by(listing):
        if name == sort.removeprefix("-"):
            about = "again: the other way round"
            mark = " ▲" if sort.startswith("-") else " ▼"
        else:
            about, mark = _seen_values(listing, name), ""
        title = heading_of(listing.vocabulary.find(name))
        choices.append(Choice(name, f"{title}{mark}", about))
    dialog = ChoiceDialog("Sort by", choices, sort.removeprefix("-"))
    screen.application.push_screen(dialog, lambda key: None if key is None else screen.sort_by(key))


def ask_for_group(screen: RunsScreen) -> None:
    """Ask by which fields runs are grouped; one that is chosen already is left out."""
    listing = screen.listing
    if listing is None:
        return
    chosen = [part for part in screen.application.settings.group.split(",") if part]
    differing = listing.spread.differing()
    everything = ",".join(differing)
    choices = [Choice(NO_GROUPS, "no groups", "a plain list")]
    if differing:
        words = f"all but seeds: {', '.join(differing)}"
        choices.append(Choice(BUT_SEEDS, "seeds", words))
    names = dict.fromkeys([*differing, *chosen, "model", "dataset", "init", "optimizer", "perturb"])
    for name in names:
        if not listing.vocabulary.knows(name):
            continue
        mark = "✔ " if name in chosen else "  "
        title = f"{mark}{heading(listing.vocabulary.find(name))}"
        choices.append(Choice(name, title, _seen_values(listing, name)))

    def take(key: str | None) -> None:
        if key is None:
            return
        if key in (NO_GROUPS, BUT_SEEDS):
            screen.change(group=everything if key else "")
            return
        kept = [each for each in chosen if each != key]
        screen.change(group=",".join([*kept, *([] if key in chosen else [key])]))

    at = chosen[-1] if chosen else BUT_SEEDS
    screen.application.push_screen(ChoiceDialog("Group by", choices, at), take)


def ask_for_metric(screen: RunsScreen) -> None:
    """Ask which metric is listed and drawn."""
    listing = screen.listing
    if listing is None:
        return
    counts = quantities_in(listing.runs or listing.everything)
    if not counts:
        screen.say("No run has recorded a metric yet.", "warn")
        return
    ascii_only = screen.application.look.ascii_only
    choices = []
    for name, number in counts.items():
        about = "1 run has it" if number == 1 else f"{number:,} runs have it"
        if name.startswith(DRIFT):
            about = about.replace("has", "records").replace("have", "record")
            meant = formula(name.removeprefix(DRIFT), ascii_only=ascii_only)
            about += f": {meant}" if meant else ""
        choices.append(Choice(name, name, about))
    screen.application.push_screen(
        ChoiceDialog("Metric", choices, listing.metric.name),
        lambda name: None if name is None else screen.change(metric=name),
    )


def _keys_to_sort_by(listing: Listing) -> list[str]:
    names = [listing.metric.name, *USUAL_KEYS, *metrics_in(listing.everything)]
    names += [name for name in listing.spread.differing() if listing.vocabulary.knows(name)]
    if listing.by:
        names.insert(0, listing.by[0][0].name)
    return list(dict.fromkeys(names))


def _seen_values(listing: Listing, name: str) -> str:
    """Return the first values that listed runs have of a field, defaults too, for a choice."""
    if name not in listing.spread.values:
        return ""
    key = listing.vocabulary.find(name)
    shown = origin_text if name == "init" else key.get
    values = (shown(run) for run in listing.runs[:SAMPLE] if run.problem is None)
    found = {text_of(key, value): value for value in values if value is not None}
    numbers = all(isinstance(value, int | float) for value in found.values())
    texts = sorted(found, key=found.__getitem__ if numbers else None)
    return ", ".join(texts[:4]) + (", ..." if len(texts) > 4 else "")
