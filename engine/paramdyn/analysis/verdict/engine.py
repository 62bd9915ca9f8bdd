"""The verdict engine: the word is computed from the evidence and nothing else can set it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from paramdyn.analysis.verdict.admission import Admission, admit
from paramdyn.analysis.verdict.evidence import SeedEvidence
from paramdyn.analysis.verdict.findings import LEVEL, Finding, below_floor, find
from paramdyn.analysis.verdict.hypothesis import Criterion, Hypothesis, Identity, Screen
from paramdyn.analysis.verdict.statistics import holm
from paramdyn.analysis.verdict.verdict import Measured, Verdict


def judge(hypothesis: Hypothesis, evidence: Sequence[SeedEvidence]) -> Verdict:
    """Say what may be said of a claim. Inconclusive is the default.

    In this order: an identity that holds exactly in every seed (structural zeros, a mirror image)
    is an artefact with any number of seeds. Then a missing control, fewer than 6 complete seeds,
    more than 20 % of seeds with a collapsed or diverged run, snapshots other than the last, or an
    effect below three times the numerical floor make it inconclusive, all of them named. Then the
    artefact screens, then the criteria: supported when all of them are, not supported when one is
    refuted (each with 2.5 % error a side), inconclusive otherwise.

    Args:
        hypothesis: The typed claim.
        evidence: One record per seed, any order, of the hypothesis's own type.

    Returns:
        The verdict; the same to the last byte for the same records in any order.

    Raises:
        BadRequest: Records of another type, or two of the same seed.
    """
    admission = admit(hypothesis, evidence)
    if hypothesis.identity and _holds(hypothesis.identity, admission):
        return _identity_verdict(hypothesis, hypothesis.identity, admission)
    findings = [_look(each, admission) for each in hypothesis.criteria]
    if admission.blockers:
        return _inconclusive(hypothesis, admission, findings, [], [])
    floors = [text for each in hypothesis.criteria if (text := below_floor(each, admission.seeds))]
    if floors:
        change = "runs that repeat bit for bit, or an effect above three times the numerical floor"
        return _inconclusive(hypothesis, admission, findings, floors, [change])
    for screen in hypothesis.screens:
        shown = _screen_shows(screen, admission)
        if shown:
            return _artefact(hypothesis, screen, shown, admission, findings)
    return _by_criteria(hypothesis, admission, findings)


def judge_grid(
    cells: Mapping[str, tuple[Hypothesis, Sequence[SeedEvidence]]],
) -> dict[str, Verdict]:
    """Judge every cell of one question's grid, with Holm's correction over the cells.

    Args:
        cells: Name of the cell (such as ``resnet18/cifar10``) -> claim and its evidence.

    Returns:
        The verdicts under the same names in the same order. A word whose corrected p exceeds .05
        becomes inconclusive. Cells in which nothing could be tested, and identities, do not count.

    Raises:
        BadRequest: As ``judge``.
    """
    verdicts = {name: judge(*cell) for name, cell in cells.items()}
    adjusted = dict(zip(verdicts, holm([each.p for each in verdicts.values()]), strict=True))
    tested = sum(not math.isnan(p) for p in adjusted.values())
    for name, verdict in verdicts.items():
        corrected = adjusted[name]
        if verdict.word == "inconclusive" or math.isnan(corrected) or corrected <= LEVEL:
            continue
        fewest = math.ceil(math.log2(2 * tested / LEVEL))
        verdicts[name] = replace(
            verdict,
            word="inconclusive",
            artefact="",
            reasons=(
                f"alone it would be {verdict.word}, but p = {verdict.p:.2g} becomes "
                f"{corrected:.2g} over {tested} cells (Holm)",
                *verdict.reasons,
            ),
            what_would_change_it=(f"at least {fewest} seeds a cell, or fewer cells",),
            p=corrected,
        )
    return verdicts


def _holds(identity: Identity, admission: Admission) -> bool:
    if admission.spoiled or admission.mixed or not admission.given:
        return False
    complete = all(_has(seed, identity.fields) for seed in admission.given)
    return complete and all(identity.holds(seed) for seed in admission.given)


def _has(seed: SeedEvidence, fields: Sequence[str]) -> bool:
    return all(getattr(seed, name) is not None for name in fields)


def _look(criterion: Criterion, admission: Admission) -> Finding:
    """Return a finding over the complete seeds, or over those that have its own fields."""
    return find(criterion, admission.seeds or admission.having(criterion.fields))


def _screen_shows(screen: Screen, admission: Admission) -> list[Finding]:
    """Return the screen's findings when all of them support it, else nothing."""
    found = []
    for criterion in screen.criteria:
        seeds = [s for s in admission.seeds if _has(s, criterion.fields)]
        if len(seeds) < admission.fewest or below_floor(criterion, seeds):
            return []
        found.append(find(criterion, seeds))
    return found if all(each.supports for each in found) else []


def _by_criteria(h: Hypothesis, admission: Admission, findings: list[Finding]) -> Verdict:
    refuted = [each for each in findings if each.refutes]
    if refuted:
        least = min(refuted, key=lambda each: each.p)
        reason = f"the whole interval is {least.refutes}"
        change = f"an interval of {least.criterion.statistic} {_support_text(least.criterion)}"
        v = _verdict(h, least, admission, findings, (reason,), (change,))
        return replace(v, word="not supported", p=least.p)
    if all(each.supports for each in findings):
        weakest = max(findings, key=lambda each: each.p)
        head = findings[0]
        reason = f"the whole interval is {head.supports}"
        others = [
            f"{each.criterion.statistic} is {each.interval.value:.3g}, {each.supports}"
            for each in findings[1:]
        ]
        change = f"an interval of {weakest.criterion.statistic} that is not {weakest.supports}"
        v = _verdict(h, head, admission, findings, (reason, *others), (change,))
        return replace(v, word="supported", p=weakest.p)
    return _inconclusive(h, admission, findings, *_open_ends(findings))


def _open_ends(findings: list[Finding]) -> tuple[list[str], list[str]]:
    reasons, changes = [], []
    for each in findings:
        name = each.criterion.statistic
        if not each.interval.defined:
            reasons.append(f"{name} is undefined: {each.interval.reason}")
            changes.append(f"runs in which {name} is defined")
        elif not each.supports:
            low, high = each.interval.low, each.interval.high
            wanted = _support_text(each.criterion)
            reasons.append(f"{name} ({low:.3g} to {high:.3g}) is not surely {wanted}")
            changes.append(
                f"about {each.seeds_enough} seeds if {name} keeps its mean and spread"
                if each.seeds_enough
                else f"another mean of {name}: this one lies between the words"
            )
    return reasons, changes


def _inconclusive(
    h: Hypothesis,
    admission: Admission,
    findings: list[Finding],
    reasons: list[str],
    changes: list[str],
) -> Verdict:
    why = (*admission.blockers, *reasons)
    change = (*admission.remedies, *changes)
    verdict = _verdict(h, _farthest(findings), admission, findings, why, change)
    tested = not admission.blockers and not math.isnan(findings[0].p)
    return replace(verdict, missing=admission.missing, p=1.0 if tested else math.nan)


def _farthest(findings: list[Finding]) -> Finding:
    """Return the first finding whose value speaks against the claim, else the first."""
    against = (
        each
        for each in findings
        if each.interval.value == each.interval.value
        and not any(each.interval.value in region for region in each.criterion.support)
    )
    return next(against, findings[0])


def _artefact(
    h: Hypothesis,
    screen: Screen,
    shown: list[Finding],
    admission: Admission,
    findings: list[Finding],
) -> Verdict:
    head = shown[0]
    parts = [f"{f.criterion.statistic} is {f.interval.value:.3g}, {f.supports}" for f in shown]
    weakest = max(shown, key=lambda each: each.p)
    change = f"an interval of {weakest.criterion.statistic} that is not {weakest.supports}"
    reasons = (screen.because, *parts)
    verdict = _verdict(h, head, admission, [*shown, *findings], reasons, (change,))
    return replace(verdict, word="artefact", artefact=screen.artefact, p=weakest.p)


def _identity_verdict(h: Hypothesis, identity: Identity, admission: Admission) -> Verdict:
    values = sorted(identity.value(seed) for seed in admission.given)
    n = len(values)
    how_many = "it holds in the only seed" if n == 1 else f"it holds in each of {n} seeds"
    return Verdict(
        hypothesis=h.name,
        claim=h.claim,
        word="artefact",
        statistic=identity.statistic,
        value=math.fsum(values) / n,
        interval=(values[0], values[-1]),
        n=n,
        null=identity.null,
        null_name=identity.null_name,
        margin="exact",
        reasons=(identity.because, f"{how_many}, and being exact needs no more"),
        what_would_change_it=("a single seed in which it does not hold",),
        artefact=identity.artefact,
    )


def _verdict(
    h: Hypothesis,
    head: Finding,
    admission: Admission,
    findings: list[Finding],
    reasons: tuple[str, ...],
    changes: tuple[str, ...],
) -> Verdict:
    return Verdict(
        hypothesis=h.name,
        claim=h.claim,
        word="inconclusive",
        statistic=head.criterion.statistic,
        value=head.interval.value,
        interval=(head.interval.low, head.interval.high),
        n=head.interval.n,
        null=head.criterion.null,
        null_name=head.criterion.null_name,
        margin=_support_text(head.criterion),
        reasons=(*reasons, *admission.remarks),
        what_would_change_it=changes,
        measured=tuple({each.statistic: each for each in map(_measured, findings)}.values()),
    )


def _measured(finding: Finding) -> Measured:
    criterion, interval = finding.criterion, finding.interval
    return Measured(
        criterion.statistic,
        interval.value,
        (interval.low, interval.high),
        interval.n,
        criterion.null,
        criterion.null_name,
        _support_text(criterion),
        interval.reason,
    )


def _support_text(criterion: Criterion) -> str:
    return " or ".join(str(each) for each in criterion.support)
