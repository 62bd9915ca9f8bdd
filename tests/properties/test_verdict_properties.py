"""Laws of verdicts: units and the order of seeds do not matter, nothing but four words is said."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from paramdyn.analysis.verdict import HYPOTHESES, WORDS, RecoverySeed, judge, verdict_text

DISTANCES = (
    "d0",
    "d1",
    "d2",
    "d3",
    "raw",
    "quotient",
    "to_start",
    "to_parent",
    "control_to_parent",
    "perturbation",
)
RECOVERY = [h for h in HYPOTHESES.values() if h.evidence is RecoverySeed]

sizes = st.sampled_from([None, 0.0, 1e-3, 1.0, 1.5, 2.0, 3.0, 130.0]) | st.floats(1e-6, 1e6)
flags = st.sampled_from([(), (), (), (), (), (), (), ("child",)])


@st.composite
def studies(draw):
    """Seeds around common centres, so that words other than inconclusive are reached."""
    n = draw(st.integers(0, 9))
    centres = {name: draw(sizes) for name in DISTANCES}
    centres["d0"] = draw(st.sampled_from([None, 0.0, 0.0, 0.0, 1e-3]))
    shares = {name: draw(st.sampled_from([None, 0.0, 0.02, 0.3]) | st.floats(0, 1))
              for name in ("disagreement", "disagreement_noise")}  # fmt: skip
    factors = st.sampled_from([1.0, 1.0, 0.9, 1.1, 1.3])
    return [
        RecoverySeed(
            seed=seed,
            collapsed=draw(flags),
            **{k: None if v is None else v * draw(factors) for k, v in centres.items()},
            **shares,
        )
        for seed in range(n)
    ]


@given(studies(), st.sampled_from(RECOVERY), st.floats(1e-6, 1e6))
def test_unit_of_distances_changes_no_word(study, hypothesis, unit):
    scaled = [
        replace(
            seed,
            **{
                name: None if getattr(seed, name) is None else getattr(seed, name) * unit
                for name in DISTANCES
            },
        )
        for seed in study
    ]
    before, after = judge(hypothesis, study), judge(hypothesis, scaled)
    assert (before.word, before.artefact) == (after.word, after.artefact)


@given(studies(), st.sampled_from(RECOVERY), st.randoms(use_true_random=False))
def test_order_of_seeds_changes_no_byte(study, hypothesis, random):
    shuffled = random.sample(study, len(study))
    before, after = judge(hypothesis, study), judge(hypothesis, shuffled)
    assert repr(before) == repr(after)
    assert verdict_text(before) == verdict_text(after)


@given(studies(), st.sampled_from(RECOVERY), st.randoms(use_true_random=False))
def test_names_of_seeds_change_no_number(study, hypothesis, random):
    sound = [replace(seed, collapsed=()) for seed in study]
    numbers = random.sample(range(100), len(sound))
    renamed = [replace(s, seed=number) for s, number in zip(sound, numbers, strict=True)]
    assert repr(judge(hypothesis, sound)) == repr(judge(hypothesis, renamed))


@given(studies(), st.sampled_from(RECOVERY))
def test_every_verdict_has_a_word_a_reason_and_a_way_out(study, hypothesis):
    verdict = judge(hypothesis, study)
    assert verdict.word in WORDS
    assert verdict.reasons
    assert verdict.what_would_change_it
    assert (verdict.word == "artefact") == bool(verdict.artefact)
    exact = verdict.margin == "exact"
    assert verdict.word == "inconclusive" or exact or len(study) >= 6
