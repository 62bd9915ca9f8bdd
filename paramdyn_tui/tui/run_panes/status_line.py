"""The line that says how a run stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from paramdyn_tui.formatting import count, duration, number, percent
from paramdyn_tui.tui.cells import Look, Picture, Row, Span, fitted, shortened, width_of
from paramdyn_tui.tui.run_panes.run_words import quiet_for
from paramdyn_tui.tui.widgets.run_list.signs import sign_of, style_of

if TYPE_CHECKING:
    from paramdyn.store.run_summary import RunSummary
    from paramdyn_tui.watching.view import RunView

EIGHTHS = " ▏▎▍▌▋▊▉"
FIRST = ("ETA ", "step ")
"""Facts that come before what a run is."""
ORIGIN_WIDTH = 24
"""Cells for what a run is: how it was perturbed, or which control it is."""


def status_picture(
    view: RunView | None, words: str, width: int, height: int, look: Look
) -> Picture:
    """Return the status line and below it what there is to say, if there is room.

    Args:
        view: The run; None before it was looked at.
        words: As ``run_words.words_of`` gives them; may be empty.
        width: Cells.
        height: 1 without words, else rows for them too.
        look: What the terminal can show.
    """
    if view is None:
        return [fitted((Span(" reading ...", "dim"),), width)]
    rows: Picture = [status_row(view, width, look)]
    if words and height > 1:
        bad = style_of(view.status)
        style = bad if bad in ("bad", "warn") else "dim"
        rows.append(fitted((Span(f" {shortened(words, width - 2, keep='words')}", style),), width))
    return rows


def status_row(view: RunView, width: int, look: Look) -> Row:
    """Return state, progress and pace: as many of them as fit, the first ones first.

    What a run is that went on from another one matters more than its pace; which one that was is
    told where there is room.
    """
    sign = sign_of(view.status, look)
    head = [
        Span(" "), sign, Span(f" {view.status.upper()}", style_of(view.status)),
        *_epoch(view),
    ]  # fmt: skip
    facts = [fact for fact in _facts(view) if fact]
    share = min(max(view.step / view.total_steps, 0.0), 1.0) if view.total_steps else None
    shown: list[Span] = []
    least_bar = 8 if share is not None else 0
    room = width - width_of(tuple(head)) - (least_bar + 7 if least_bar else 0)
    what, other = origin_of(view.summary)
    for fact in facts:
        length = width_of(fact) + 3
        kept = len(what) + 3 if what and fact[0].text not in FIRST else 0
        if length <= room - kept:
            shown += [Span("   "), *fact]
            room -= length
    if what and len(what) + 3 <= room:
        shown += [Span("   "), Span(what, "strong")]
        room -= len(what) + 3
        if room > ORIGIN_WIDTH:
            other = shortened(f" of {other}", room, keep="both")
            shown.append(Span(other, "dim"))
            room -= len(other)
    meter = _meter(share, min(least_bar + max(room, 0), 30), look) if share is not None else []
    return fitted([*head, *meter, *shown], width)


def origin_of(run: RunSummary | None) -> tuple[str, str]:
    """Return what a run is that went on from another one, and the name of that; else nothing."""
    if run is None or not (run.control_of or run.parent):
        return "", ""
    what = run.arm if run.control_of else run.perturbations or run.arm
    return shortened(what, ORIGIN_WIDTH), run.control_of or run.parent


def _epoch(view: RunView) -> list[Span]:
    if not view.epochs and not view.epoch:
        return []
    whole = int(view.epoch) if view.epoch == int(view.epoch) else view.epoch
    done = str(whole) if isinstance(whole, int) else f"{int(view.epoch)}"
    planned = f"/{view.epochs}" if view.epochs else ""
    return [Span("  epoch ", "dim"), Span(f"{done}{planned}", "strong")]


def _meter(share: float, width: int, look: Look) -> list[Span]:
    """Return the progress bar, in eighths of a cell where the terminal has them."""
    full, rest = divmod(round(share * width * 8), 8)
    if look.ascii_only or not look.color:
        filled = round(share * width)
        done, left = ("#" * filled, "." * (width - filled))
        if not look.ascii_only:
            done, left = "█" * filled, "░" * (width - filled)
    else:
        done = "█" * full + (EIGHTHS[rest] if rest and full < width else "")
        left = "░" * (width - len(done))
    return [
        Span(" "),
        Span(done, "live"),
        Span(left, "frame"),
        Span(f" {_whole(share):>4}", "text"),
    ]


def _whole(share: float) -> str:
    return percent(share, 0) if 0.0 < share < 1.0 else f"{share:.0%}"


def _facts(view: RunView) -> list[tuple[Span, ...]]:
    facts: list[tuple[Span, ...]] = []
    if view.seconds_left is not None and view.alive:
        facts.append(_fact("ETA", duration(_coarse(view.seconds_left))))
    if view.total_steps:
        facts.append(_fact("step", f"{count(view.step)}/{count(view.total_steps)}"))
    if view.images_per_s > 0:
        facts.append((Span(number(view.images_per_s, 3), "strong"), Span(" img/s", "dim")))
    if view.learning_rate is not None:
        facts.append(_fact("lr", number(view.learning_rate, 3)))
    quiet = quiet_for(view.silence)
    if quiet and view.alive:
        facts.append((Span("silent ", "dim"), Span(duration(quiet), "warn")))
    return facts


def _fact(label: str, value: str) -> tuple[Span, ...]:
    return Span(f"{label} ", "dim"), Span(value, "strong")


def _coarse(seconds: float) -> float:
    """Round a time left so that it does not change at every look."""
    for limit, step in ((60, 1), (600, 5), (3600, 15), (86400, 60)):
        if seconds < limit:
            return round(seconds / step) * step
    return round(seconds / 1800) * 1800
