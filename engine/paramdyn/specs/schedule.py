"""When to record: text such as ``every:10`` -> the steps that are recorded."""

from __future__ import annotations

import math
from dataclasses import dataclass

from paramdyn.errors import SpecError

DENSE_STEPS = 100
AUTO_RECORDS = 500
MOST_RECORDS = 10_000_000
"""A list of more steps than this fills memory before the run begins."""


@dataclass(frozen=True, slots=True)
class When:
    """What a text about recording means.

    Attributes:
        kind: ``auto``, ``every``, ``epoch``, ``log`` or ``none``.
        number: K of ``every:K``, N of ``log:N``; 0 for the other kinds.
    """

    kind: str
    number: int = 0


def parse_when(text: str) -> When:
    """Return what ``auto``, ``every:K``, ``epoch``, ``log:N`` or ``none`` means.

    Raises:
        ValueError: ``text`` is none of them, or its number is not a whole number of at least 1.
    """
    kind, colon, _ = text.partition(":")
    if not colon and kind in {"auto", "epoch", "none"}:
        return When(kind)
    if kind in {"every", "log"}:
        return When(kind, parse_count(text))
    raise ValueError(
        f"found '{text}', expected 'auto', 'every:K' steps, 'epoch', 'log:N' records a decade, or "
        "'none'."
    )


def parse_count(text: str) -> int:
    """Return the whole number after the colon of a text such as ``every:10``.

    Raises:
        ValueError: There is none, or it is below 1 or above 18 digits.
    """
    kind, _, number = text.partition(":")
    if number.isascii() and number.isdigit() and len(number) <= 18 and int(number) >= 1:
        return int(number)
    raise ValueError(
        f"found '{text}', expected a whole number of at least 1 after the colon, as in '{kind}:10'."
    )


def record_steps(when: str, *, total_steps: int, steps_per_epoch: int) -> tuple[int, ...]:
    """Return the steps after which a record is due, ascending, each from 1 to ``total_steps``.

    Step 0 is always recorded and not listed here. The last step is always listed, and with every
    ``when`` but ``none`` so is the end of every epoch.

    * ``every:K``: K, 2K, 3K, ...
    * ``log:N``: the whole numbers nearest to 10^(i/N), so N a decade where they differ.
    * ``auto``: all steps if there are at most 500; else the first 100, and then 400 steps spaced
      evenly in the logarithm (fewer where neighbours fall on the same step).

    Args:
        when: See ``parse_when``.
        total_steps: Number of steps of the run; 0 gives an empty tuple.
        steps_per_epoch: Number of steps of one epoch, at least 1.

    Raises:
        ValueError: ``when`` cannot be understood.
        SpecError: There would be more than 10 million records.
    """
    parsed = parse_when(when)
    if total_steps < 1:
        return ()
    _refuse_too_many(parsed, when, total_steps, steps_per_epoch)
    steps = set(_regular_steps(parsed, total_steps))
    if parsed.kind != "none":
        steps.update(range(steps_per_epoch, total_steps + 1, steps_per_epoch))
    steps.add(total_steps)
    return tuple(sorted(steps))


def _refuse_too_many(parsed: When, when: str, total: int, steps_per_epoch: int) -> None:
    count = 0 if parsed.kind == "none" else total // steps_per_epoch
    if parsed.kind == "every":
        count = max(count, total // parsed.number)
    elif parsed.kind == "log":
        count = max(count, min(total, int(parsed.number * math.log10(total))))
    if count > MOST_RECORDS:
        raise SpecError(
            f"recording.when: '{when}' would record {count:,} times in {total:,} steps. Expected "
            f"at most {MOST_RECORDS:,} records, the ends of epochs among them. Lower "
            "training.epochs, set training.max_steps, or record less often."
        )


def _regular_steps(when: When, total: int) -> list[int]:
    if when.kind == "every":
        return list(range(when.number, total + 1, when.number))
    if when.kind == "log":
        return _log_steps(when.number, total)
    if when.kind == "auto":
        return _auto_steps(total)
    return []


def _log_steps(per_decade: int, total: int) -> list[int]:
    """Return the distinct steps round(10^(i/N)); every step where N is too fine to skip one."""
    # neighbours are closer than one step below N / ln 10: all of those steps are there
    dense = int(per_decade / math.log(10))
    if dense >= total:
        return list(range(1, total + 1))
    steps = list(range(1, dense + 1))
    i = int(per_decade * math.log10(dense)) if dense else 0
    while (step := round(10 ** (i / per_decade))) <= total:
        steps.append(step)
        i += 1
    return steps


def _auto_steps(total: int) -> list[int]:
    if total <= AUTO_RECORDS:
        return list(range(1, total + 1))
    count = AUTO_RECORDS - DENSE_STEPS
    ratio = total / DENSE_STEPS
    spaced = [round(DENSE_STEPS * ratio ** (i / count)) for i in range(1, count + 1)]
    return [*range(1, DENSE_STEPS + 1), *spaced]
