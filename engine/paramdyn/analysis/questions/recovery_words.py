"""Sentences that a reader could print: each number with its null beside it."""

from __future__ import annotations

from collections.abc import Iterator

from paramdyn.analysis.perturbed import Recovery, SeedRecovery
from paramdyn.analysis.perturbed.members import IN_EVIDENCE
from paramdyn.analysis.questions.recovery_tables import is_sound, over_seeds, sound_seeds
from paramdyn.specs.controls import INDEPENDENT, ORDER, PARENT, TWIN

_CALLED = {
    "start": "perturbed start",
    ORDER: "order control",
    INDEPENDENT: "independent run",
    "twin-again": "twin's re-run",
    "rounding-twin": "rounding twin",
}
_LIKE_UNRELATED = 0.8
"""Share of d3 from which on a run is as close to the control as an unrelated network is."""


def sentences_of(recovery: Recovery) -> list[str]:
    """Return what is to be said of one recipe, most important first."""
    seeds = sound_seeds(recovery)
    lead = f"{recovery.label}: " if recovery.label else ""
    said = [each for seed in recovery.counted for each in _trouble(seed)]
    if seeds and not is_sound(seeds[0]):
        said.append("No seed is sound: the numbers below are shown, and mean nothing.")
    return [lead + each for each in [*said, *_said(seeds)]]


def _trouble(seed: SeedRecovery) -> Iterator[str]:
    """Name what forbids a verdict, and statistics that no training can have made."""
    for each in seed.health:
        who = f"Seed {seed.seed}: the {_CALLED.get(each.arm, each.arm)} ({each.run})"
        if each.diverged:
            yield f"{who} diverged, so no verdict uses it."
        elif each.collapsed and each.arm in IN_EVIDENCE:
            yield f"{who} collapsed, so no verdict uses it: {'; '.join(each.collapsed)}."
        if each.buffers:
            yield f"{who} has {'; '.join(each.buffers)}."


def plain(value: float) -> str:
    """Return a number with three digits, and with all of its whole ones: 1,100, never 1.1e+03."""
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e15 else f"{value:.3g}"


def _said(seeds: tuple[SeedRecovery, ...]) -> Iterator[str]:
    raw = over_seeds(seeds, lambda s: s.raw(TWIN, "child"))
    if raw is None:
        yield "Without its twin nothing tells what training would have done anyway."
        return
    n = f"n = {len(seeds)} seed{'s' * (len(seeds) != 1)}"
    quotient = over_seeds(seeds, lambda s: s.modulo(TWIN, "child"))
    modulo = f", {plain(quotient)} modulo symmetry" if quotient is not None else ""
    yield f"The child ends {plain(raw)} from its control{modulo}; {_references(seeds)} ({n})."
    yield from _shift(seeds)
    yield from _orbit(seeds)
    yield from _answers(seeds)


def _references(seeds: tuple[SeedRecovery, ...]) -> str:
    parts = {
        "another data order leads {} away (d1)": over_seeds(seeds, lambda s: s.d1),
        "an independent start {} (d2)": over_seeds(seeds, lambda s: s.d2),
        "{} modulo symmetry (d3)": over_seeds(seeds, lambda s: s.d3),
        f"the control's re-run {{}} (d0, {seeds[0].floor.how})": over_seeds(seeds, lambda s: s.d0),
    }
    return ", ".join(
        text.format("an unknown distance" if value is None else f"{plain(value)}")
        for text, value in parts.items()
    )


def _shift(seeds: tuple[SeedRecovery, ...]) -> Iterator[str]:
    rho, grown = over_seeds(seeds, lambda s: s.rho), over_seeds(seeds, lambda s: s.amplification)
    back = over_seeds(seeds, lambda s: s.return_index)
    if rho is None or grown is None or back is None:
        return
    verb = "grew" if grown >= 1 else "shrank"
    far = f"{verb} by a factor of {plain(grown)} (1: neither), to"
    if plain(grown) == "1":
        far = f"neither grew nor shrank (factor {grown:.6g}): it is"
    yield (
        f"The perturbation {far} {plain(rho)} "
        "times the noise floor of training (1: as another data order); the child is "
        f"{plain(back)} times as far from the parent as the control is."
    )


def _orbit(seeds: tuple[SeedRecovery, ...]) -> Iterator[str]:
    quotient = over_seeds(seeds, lambda s: s.modulo(TWIN, "child"))
    d3, d1 = over_seeds(seeds, lambda s: s.d3), over_seeds(seeds, lambda s: s.d1)
    stayed = over_seeds(seeds, lambda s: s.s)
    if quotient is None or d3 is None or not d1:
        return
    if quotient >= _LIKE_UNRELATED * d3 and quotient > 2 * d1:
        end = ""
        if stayed is not None and stayed < 0.1:
            end = (
                f", and it hardly left its perturbed start: it is {plain(stayed)} times as far "
                "from that as from the parent"
            )
        yield (
            "It ends as close to the control as an unrelated network does: "
            f"{plain(quotient)} against {plain(d3)} modulo symmetry{end}."
        )


def _answers(seeds: tuple[SeedRecovery, ...]) -> Iterator[str]:
    ours = over_seeds(seeds, lambda s: s.disagreement(TWIN, "child"))
    noise = over_seeds(seeds, lambda s: s.disagreement(TWIN, ORDER))
    apart = over_seeds(seeds, lambda s: s.disagreement(TWIN, INDEPENDENT))
    parent = over_seeds(seeds, lambda s: s.disagreement(PARENT, "child"))
    if ours is None:
        return
    texts = [
        f"{value:.1%} {who}"
        for value, who in (
            (noise, "with another data order"),
            (apart, "with an independent start"),
        )
        if value is not None
    ]
    beside = f"; the control disagrees {' and '.join(texts)}" if texts else ""
    of_parent = f", {parent:.1%} with its parent" if parent is not None else ""
    yield f"It disagrees with its control on {ours:.1%} of the images{of_parent}{beside}."
