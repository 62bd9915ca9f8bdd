"""What the numbers of the question ``convergence`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

TERMS: tuple[Term, ...] = (
    Term(
        name="slope",
        definition="Slope of the train loss of single batches over the last tenth of the steps, "
        "in nats per step, with a 95 % interval from a line through the means of 8 blocks: "
        "neighbouring batches are correlated.",
        formula="least squares on block means; Student's t with blocks - 2 degrees of freedom",
        null="0: the loss stays where it is",
        reference="batch means: Law & Kelton",
    ),
    Term(
        name="relative-slope",
        definition="The slope as a share of the loss: how much of its present loss the run still "
        "loses (below 0) or gains within a tenth of its steps.",
        formula="slope * steps of the tenth / mean loss of the tenth",
        null="0",
        reference=OURS,
    ),
    Term(
        name="word",
        definition="collapsed: any collapse flag. Else converged: train accuracy of 99.9 % or "
        "more, or the slope's interval contains 0 and stays within 10 % of the loss a tenth. "
        "undecided: it contains 0 and reaches farther, so a slope may have been missed. still "
        "improving: the interval lies below 0. diverging: above. unknown: too few records in the "
        "last tenth. diverged: not finite.",
        formula="by the slope's 95 % interval and the margin of equivalence",
        null="a run with constant loss is converged",
        reference=OURS,
    ),
    Term(
        name="train-accuracy",
        definition="Share of right answers on training images in the last epoch, while it was "
        "trained on; of batches in the last tenth where epochs were not recorded. In [0, 1].",
        formula="mean of [argmax logits = label]",
        null="the share of the most frequent label",
        reference=OURS,
    ),
    Term(
        name="gradient-ratio",
        definition="Mean gradient norm of the last tenth of the records over that of the first "
        "five, single batches.",
        formula="mean ||g_T|| / mean ||g_0||",
        null="1: gradients as large as at the start",
        reference=OURS,
    ),
    Term(
        name="validation-gap",
        definition="Best minus last validation accuracy. Only of a validation split of the "
        "training images: test images choose nothing.",
        formula="max over epochs - last epoch",
        null="0: the last epoch is the best",
        reference=OURS,
    ),
    Term(
        name="steps-to",
        definition="Step at which the train accuracy first reached (1 - eps) of the best that any "
        "of these runs reached. Runs that end before count as waiting until then (censored); the "
        "median is that of Kaplan and Meier, with its 95 % log-log interval.",
        formula="median of S(t) = product over arrivals of (1 - d / n)",
        null="no run arrives: no median",
        reference="Kaplan & Meier 1958; Brookmeyer & Crowley 1982",
    ),
    Term(
        name="gradient-norm-end",
        definition="L2 norm of the mean gradient over training images at the last snapshot, in "
        "training mode without dropout.",
        formula="||mean over images of dL/dtheta||",
        null="0 at a stationary point",
        reference=OURS,
    ),
    Term(
        name="gradient-sparsity",
        definition="Share of all parameters whose gradient is exactly zero on all these images, "
        "structural ones included. In [0, 1].",
        formula="#{dL/dtheta = 0 in every batch} / #theta",
        null="the structural share",
        reference=OURS,
    ),
    Term(
        name="gsnr",
        definition="Squared mean over variance of the gradients of single images, both summed "
        "over parameters first; evaluation mode. Undefined with batch normalisation, where a "
        "gradient belongs to a batch.",
        formula="sum g^2 / sum (E[g_i^2] - g^2)",
        null="1 / (N - 1) for pure noise",
        reference="Liu et al. 2020, arXiv:2001.07384",
    ),
    Term(
        name="aligned-ends",
        definition="Distance of two ends from different starts after permuting units and choosing "
        "signs in front of batch normalisation; structural scalars left out.",
        formula="min over g of ||theta_A - g theta_B||",
        null="d3: the same with the second network's scalars shuffled within each tensor",
        reference=OURS,
    ),
    Term(
        name="end-barrier",
        definition="How much the loss rises on the straight line between one end and the aligned "
        "other, in nats; running statistics are reset on training images.",
        formula="max over alpha of L(alpha) - [(1 - alpha) L(0) + alpha L(1)]",
        null="that of the same start in another data order",
        reference="Entezari et al. 2022, arXiv:2110.06296",
    ),
    Term(
        name="end-disagreement",
        definition="Share of test images that two ends classify differently, in [0, 1].",
        formula="mean of [argmax f != argmax g]",
        null="that of the same start in another data order",
        reference=OURS,
    ),
)
