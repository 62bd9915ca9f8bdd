"""How often is a verdict on recovery wrong? Planted families whose truth is known, measured whole.

Each study has 6 or 8 seeds. Every seed is a family of small networks trained on digits, with and
without batch normalisation, and a child that is planted: a true return, another data order, a
permuted, sign-symmetric or rescaled copy, an independent run, one three times as far as data order
leads, a collapsed and a diverged one. Distances, alignment, predictions, collapse flags and
verdicts are those of ``paramdyn analyze recovery``; straight lines are left out.

The five words of one study are not independent, hence the rate of studies with any wrong one.
A false positive is "supported" said of a false claim; a false negative "not supported" or an
artefact said of a true one. "inconclusive" is never wrong, and counted apart. The null studies
count "supported" of claims that another data order, or an unrelated network, makes false.

    python benchmarks/verdict_calibration.py [--studies 20] [--nulls 200] [--workers 2]
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from _planted_families import PLANTS, Pool, planted_seed, trained_pool
from _side_by_side import machine

from paramdyn.analysis.perturbed import Recovery, judged
from paramdyn.analysis.verdict.intervals import wilson_interval

TARGET = "at most 5 % wrong, 0 % on collapsed and diverged runs, <= 5 % of 200 nulls supported"
POOL = 12
SIZES = (6, 8)

SAME, ORBIT, FAR, RETURNS, LIKE = (
    "same-weights", "same-up-to-symmetry", "forced-far-away", "returns", "like-data-order",
)  # fmt: skip
_COPY = {SAME: False, ORBIT: True, FAR: False, RETURNS: False, LIKE: False}
TRUTHS: Mapping[str, Mapping[str, bool] | None] = {
    "true return": {SAME: True, ORBIT: True, FAR: False, RETURNS: True, LIKE: True},
    "other order": {SAME: True, ORBIT: True, FAR: False, RETURNS: False, LIKE: True},
    "permuted copy": _COPY,
    "sign-symmetric copy": _COPY,
    "rescaled copy": _COPY,
    "independent run": {SAME: False, ORBIT: False, FAR: True, RETURNS: False, LIKE: False},
    "farther than order": {SAME: False, ORBIT: False, FAR: False, RETURNS: False, LIKE: False},
    "collapsed run": None,
    "diverged run": None,
}
"""What was planted -> which claims are true of it; None: nothing may be said of it."""

NULLS = ("other order", "independent run")
SAYS_NO = ("not supported", "artefact")


@dataclass(frozen=True)
class Study:
    """One simulated study.

    Attributes:
        truth: What is planted in it.
        normed: Whether its networks have batch normalisation.
        seeds: Of its families.
        null: Whether it is one of the null studies.
    """

    truth: str
    normed: bool
    seeds: tuple[int, ...]
    null: bool = False


def studies(count: int, nulls: int) -> Iterator[Study]:
    """Yield ``count`` studies of each truth, then the null studies; no seed comes twice."""
    number = itertools.count(1)
    sizes = itertools.cycle([size for size in SIZES for _ in (0, 1)])
    kinds = [(truth, False) for truth in TRUTHS for _ in range(count)]
    kinds += [(NULLS[place % len(NULLS)], True) for place in range(nulls)]
    for place, (truth, null) in enumerate(kinds):
        normed = truth == "sign-symmetric copy" or bool(place // len(NULLS) % 2)
        seeds = tuple(itertools.islice(number, next(sizes)))
        yield Study(truth, normed, seeds, null)


@cache
def pool_of(*, normed: bool) -> Pool:
    """Return the trained networks of this process."""
    return trained_pool(POOL, normed=normed)


def words(study: Study) -> dict[str, str]:
    """Return the word of every claim."""
    torch.set_num_threads(1)
    pool = pool_of(normed=study.normed)
    seeds = tuple(planted_seed(pool, PLANTS[study.truth], seed) for seed in study.seeds)
    verdicts = judged([Recovery("", seeds, seeds)])[0].verdicts
    return {verdict.hypothesis: verdict.word for verdict in verdicts}


def rate(hits: int, n: int) -> dict[str, Any]:
    """Return a rate with its 95 % Wilson interval."""
    interval = wilson_interval(hits, n)
    return {
        "hits": hits,
        "n": n,
        "rate": round(hits / n, 4) if n else None,
        "interval": [round(interval.low, 4), round(interval.high, 4)] if n else None,
    }


def is_wrong(truth: str, claim: str, word: str) -> bool:
    """Tell whether a word is a false positive or a false negative."""
    holds = (TRUTHS[truth] or {}).get(claim)
    return word in SAYS_NO if holds else word == "supported"


def summary(found: list[tuple[Study, dict[str, str]]]) -> dict[str, Any]:
    """Return the rates of wrong words."""
    counts: Counter[str] = Counter()
    supported = 0
    nulls = [(study, said) for study, said in found if study.null]
    for study, said in found:
        truth = TRUTHS[study.truth]
        for claim, word in said.items() if not study.null else ():
            if truth is None:
                counts["ruined"] += 1
                counts["said of ruined"] += word != "inconclusive"
                continue
            side = "true" if truth[claim] else "false"
            counts[side] += 1
            counts[f"{side}: undecided"] += word == "inconclusive"
            kind = "false negative" if truth[claim] else "false positive"
            counts[kind] += is_wrong(study.truth, claim, word)
    for study, said in nulls:
        truth = TRUTHS[study.truth] or {}
        supported += any(word == "supported" and not truth[c] for c, word in said.items())
    wrong = counts["false positive"] + counts["false negative"]
    judged_studies = [pair for pair in found if not pair[0].null and TRUTHS[pair[0].truth]]
    spoiled = sum(any(is_wrong(study.truth, *each) for each in said.items())
                  for study, said in judged_studies)  # fmt: skip
    return {
        "studies with any wrong word": rate(spoiled, len(judged_studies)),
        "wrong": rate(wrong, counts["true"] + counts["false"]),
        "false positives": rate(counts["false positive"], counts["false"]),
        "false negatives": rate(counts["false negative"], counts["true"]),
        "words on collapsed or diverged": rate(counts["said of ruined"], counts["ruined"]),
        "null studies with any false claim supported": rate(supported, len(nulls)),
        "undecided of true claims": rate(counts["true: undecided"], counts["true"]),
        "undecided of false claims": rate(counts["false: undecided"], counts["false"]),
    }


def table(found: list[tuple[Study, dict[str, str]]]) -> dict[str, dict[str, dict[str, int]]]:
    """Return truth -> claim -> how often each word was said."""
    out: dict[str, dict[str, Counter[str]]] = {}
    for study, said in found:
        for claim, word in said.items():
            out.setdefault(study.truth, {}).setdefault(claim, Counter())[word] += 1
    return {t: {c: dict(n) for c, n in claims.items()} for t, claims in out.items()}


def main() -> None:
    """Run the studies and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=20, help="of each truth")
    parser.add_argument("--nulls", type=int, default=200)
    parser.add_argument("--workers", type=int, default=min(2, os.cpu_count() or 1))
    arguments = parser.parse_args()
    planned = list(studies(arguments.studies, arguments.nulls))
    with ProcessPoolExecutor(arguments.workers) as workers:
        found = []
        for study, said in zip(planned, workers.map(words, planned), strict=True):
            found.append((study, said))
            print(f"{len(found)} of {len(planned)}: {study.truth}: {said}", file=sys.stderr)
    print(
        json.dumps(
            {
                "claim": "Verdicts on recovery are seldom wrong, and never given for ruined runs",
                "target": TARGET,
                "rates": summary(found),
                "words": table(found),
                "seeds a study": list(SIZES),
                "machine": machine(),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
