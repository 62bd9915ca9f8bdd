"""What the numbers of ``recovery`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

TERMS: tuple[Term, ...] = (
    Term(
        name="weight-distance",
        definition="L2 distance of two runs over all parameters, at the same step; buffers never "
        "count. Of several seeds the geometric mean (arithmetic where one is 0). In [0, inf).",
        formula="||a - b||, subtracted and summed in float64",
        null="d0 to d3, in the same column: control against its re-run (d0), another data order "
        "(d1), an independent start (d2); d3 is d2 modulo symmetry",
        reference=OURS,
    ),
    Term(
        name="in-d1",
        definition="The distance before it, in units of the noise floor of training d1.",
        formula="||a - b|| / d1",
        null="1: as far as another data order leads",
        reference=OURS,
    ),
    Term(
        name="live-distance",
        definition="The same without the scalars that no image can ever move, which keep whatever "
        "a perturbation gave them.",
        formula="||a - b|| over scalars that are not structural",
        null="d0 to d3, in the same column",
        reference=OURS,
    ),
    Term(
        name="sign-distance",
        definition="Live distance modulo the signs in front of batch normalisation, which cancel "
        "exactly. Without batch normalisation it is the live distance.",
        formula="root of the sum over channels of min over s in {-1, +1} of ||w_a - s w_b||^2 + "
        "(g_a - s g_b)^2, and of the other scalars as they are",
        null="d1, d2 in the same column; an independent network gains nothing but noise",
        reference=OURS,
    ),
    Term(
        name="aligned-distance",
        definition="Live distance modulo permutations of hidden units and those signs, by weight "
        "matching: an upper bound of the minimum.",
        formula="min over permutations and signs g of ||a - g b||",
        null="alignment lowers the distance of unrelated networks, too: the row of d2",
        reference="Ainsworth et al., arXiv:2209.04836",
    ),
    Term(
        name="quotient-distance",
        definition="Live distance modulo permutations, signs, and the positive scales of units "
        "that ReLU or batch normalisation cancel: an upper bound of the minimum, never above the "
        "aligned distance. Undefined where the symmetry changed the function.",
        formula="min over permutations, signs and scales g of ||a - g b||",
        null="d3, in the row of d2: what the same does to an unrelated network",
        reference="Neyshabur et al., arXiv:1506.02617",
    ),
    Term(
        name="symmetry-certificate",
        definition="Proof that the symmetry is one: the largest change of a logit that it makes, "
        "over the rms of the logits, on the first test images.",
        formula="max |f(x) - (g f)(x)| / rms f",
        null="about 1e-6: rounding of float32",
        reference=OURS,
    ),
    Term(
        name="disagreement",
        definition="Share of the test images that two runs classify differently, in [0, 1].",
        formula="mean over images of [argmax f != argmax g]",
        null="another data order's (the row of d1), and chance beside it",
        reference=OURS,
    ),
    Term(
        name="chance-disagreement",
        definition="Disagreement of two classifiers of these accuracies whose errors are "
        "independent, in [0, 1].",
        formula="p(1-q) + q(1-p) + (1-p)(1-q)(1 - 1/(K-1))",
        null="it is the null of the disagreement before it",
        reference=OURS,
    ),
    Term(
        name="divergence",
        definition="Mean Jensen-Shannon divergence of the two softmaxes, in nats, in [0, ln 2].",
        formula="mean over images of [H((p+q)/2) - (H(p)+H(q))/2]",
        null="another data order's: the row of d1",
        reference="Lin, IEEE Trans. Inf. Theory, 1991",
    ),
    Term(
        name="feature-cka",
        definition="Unbiased linear CKA of what the two heads are given, in [-1, 1].",
        formula="HSIC1(K, L) / sqrt(HSIC1(K, K) HSIC1(L, L))",
        null="0 for independent features; another data order's: the row of d1",
        reference="Kornblith et al., arXiv:1905.00414",
    ),
    Term(
        name="barrier",
        definition="Rise of the loss on the straight line between two runs over the chord of its "
        "ends, in nats; statistics of batch normalisation are reset on training images. May be "
        "negative.",
        formula="max over alpha of L(alpha) - (1 - alpha) L(0) - alpha L(1)",
        null="about 0 for another data order, and an independent start's: the row of d2",
        reference="Entezari et al., arXiv:2110.06296; Jordan et al., arXiv:2211.08403",
    ),
    Term(
        name="error-barrier",
        definition="How much higher the error gets on that line than the mean of its ends, in "
        "[-1, 1]. Below 2 % two networks count as linearly connected.",
        formula="max over alpha of E(alpha) - (E(0) + E(1)) / 2",
        null="about 0 for another data order, and an independent start's: the row of d2",
        reference="Frankle et al., arXiv:1912.05671",
    ),
    Term(
        name="rho",
        definition="Distance of the perturbed run to its control, in units of the noise floor.",
        formula="d(E, A0) / d1, both raw",
        null="1: as far as another data order leads",
        reference=OURS,
    ),
    Term(
        name="q",
        definition="The same modulo every symmetry of the network.",
        formula="min over g of d(A0, g E) / d1",
        null="1; an unrelated network has d3 / d1",
        reference=OURS,
    ),
    Term(
        name="s",
        definition="Whether the run stayed where the perturbation put it: below .1 it hardly left.",
        formula="d(E, S) / d(E, P)",
        null="0: it never left its perturbed start S; 1: as near to it as to the parent P",
        reference=OURS,
    ),
    Term(
        name="f",
        definition="Disagreement with the control over that of another data order.",
        formula="disagreement(E, A0) / disagreement(A1, A0)",
        null="1: predictions differ as another data order makes them differ",
        reference=OURS,
    ),
    Term(
        name="amplification",
        definition="How much the perturbation grew: below 1 it shrank.",
        formula="A = d(E, A0) / ||S - P||, the perturbation that float32 kept",
        null="0 for the twin; 1: training neither grows nor shrinks it",
        reference="Summers & Dinneen, arXiv:2103.04514",
    ),
    Term(
        name="growth-rate",
        definition="Mean exponential growth of the perturbation, a step.",
        formula="ln(A) / steps",
        null="0: no growth",
        reference="Kwok et al., arXiv:2506.13234",
    ),
    Term(
        name="return-index",
        definition="Distance of the perturbed run to the parent over that of the control. By the "
        "triangle inequality it is within d(E, A0) / d(A0, P) of 1.",
        formula="d(E, P) / d(A0, P)",
        null="1: it leaves the parent as the control does",
        reference=OURS,
    ),
    Term(
        name="perturbation-norm",
        definition="L2 norm of the change that float32 kept of the perturbation, over all "
        "parameters: smaller than asked where values are large.",
        formula="||S - P||",
        null="0: below half a unit in the last place nothing is perturbed",
        reference=OURS,
    ),
    Term(
        name="mean-loss",
        definition="Mean cross-entropy on the test images, in nats.",
        formula="mean of -log softmax(f(x))[label]",
        null="ln K: every class is as likely",
        reference=OURS,
    ),
)
