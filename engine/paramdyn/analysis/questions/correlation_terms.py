"""What the numbers of ``correlation`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

_LI = "Li et al., ICLR 2016, arXiv:1511.07543"
_UNTRAINED = "the untrained net beside it; independent features have about "

TERMS: tuple[Term, ...] = (
    Term(
        "participation",
        "In how many directions features vary, in [1, live units]; of their covariance, so units "
        "of large variance count more.",
        "(sum of eigenvalues)^2 / sum of squared eigenvalues of the covariance",
        f"{_UNTRAINED}d (n - 1) / (n + d)",
        "Gao et al. 2017, A theory of multineuronal dimensionality",
    ),
    Term(
        "standardized_participation",
        "The same of the correlation matrix: every live unit has the same variance.",
        "d^2 / sum of squared correlations",
        f"{_UNTRAINED}d (n - 1) / (n + d)",
        "Gao et al. 2017, A theory of multineuronal dimensionality",
    ),
    Term(
        "mean_r",
        "Mean Pearson correlation over pairs of different live units, in [-1, 1].",
        "mean over i != j of cov(x_i, x_j) / (sd(x_i) sd(x_j)), the same n in both",
        "0 for independent features; the untrained net beside it",
        _LI,
    ),
    Term(
        "mean_absolute_r",
        "Mean |r| over pairs of different live units, in [0, 1].",
        "mean over i != j of |r_ij|",
        "sqrt(2 / (pi n)) for independent features",
        _LI,
    ),
    Term(
        "share_above_half",
        "Share of pairs of different live units whose r is above .5, in [0, 1].",
        "mean over i != j of [r_ij > .5]",
        "0 for independent features; the untrained net beside it",
        _LI,
    ),
    Term(
        "live_units",
        "Units that vary over the images. Dead ones are 0 on every image, constant ones have one "
        "other value; neither has a correlation.",
        "live + dead + constant = units of the layer",
        "the untrained net has dead units too",
        OURS,
    ),
    Term(
        "unused-outputs",
        "Outputs of the head that are no class of the data set. All of them only ever get a "
        "positive gradient softmax_j, so they are pushed down together.",
        "dL/dz_j = softmax_j > 0",
        "the same outputs of the untrained net, which are correlated already",
        OURS,
    ),
    Term(
        "trouble",
        "Whether a model still is a classifier: collapsed (one class for every image, constant "
        "logits, accuracy of the most frequent label) or diverged. Such a model decides nothing.",
        "see the flags of M11",
        "sound",
        OURS,
    ),
    Term(
        "feature_displacement",
        "How far the parameters moved, relative to the norm they started with; all parameters.",
        "|theta_T - theta_0| / |theta_0|",
        "0 before training; features of models that moved differently far differ by that alone",
        OURS,
    ),
    Term(
        "matched_displacement",
        "Where two runs of one seed are compared: at matched relative displacement (the farther "
        "run between the snapshots around it), or at the end at equal learning rate.",
        "ln PR linear in ln displacement between two snapshots at most 1.5 times apart",
        "an effect at equal rate that is gone when matched is an artefact (step size)",
        OURS,
    ),
    Term(
        "participation_contrast",
        "Participation ratio of the first over that of the second, geometric mean over seeds.",
        "exp mean over seeds of ln(PR_1 / PR_2), t-interval on the logarithms",
        "1; within 10 % counts as equal",
        OURS,
    ),
    Term(
        "similarity",
        "How alike the features of two models are on the same images. matched |r|, CKA, SVCCA and "
        "PWCCA: 1 is the same; Procrustes in [0, 2] and its angle in [0, pi]: 0 is the same.",
        "SVCCA: mean canonical correlation of components with 99 % of the variance; PWCCA: "
        "sum a_i rho_i / sum a_i, a_i = sum_j |<h_i, x_j>|",
        "the images of one model permuted; independent runs of one recipe as the ceiling",
        "arXiv:1706.05806, 1806.05759, 1905.00414, 2110.14739",
    ),
    Term(
        "cka",
        "Centred kernel alignment of linear kernels, unbiased HSIC; not clipped, may be below 0.",
        "HSIC1(K, L) / sqrt(HSIC1(K, K) HSIC1(L, L)), K = X X^T, L = Y Y^T",
        "0 for unrelated features of any width; the biased form has d / (n + d)",
        "Kornblith et al. 2019, arXiv:1905.00414; Nguyen et al., arXiv:2010.15327",
    ),
    Term(
        "matched_r",
        "Mean |r| of units matched one to one so that their sum is largest (Hungarian method).",
        "max over matchings of mean |r_i,m(i)|",
        "not 0: about .9 sqrt(2 ln d / n) for independent features; images permuted beside it",
        _LI,
    ),
    Term(
        "procrustes",
        "Angle between two clouds of features after the best rotation, fitted on every second "
        "image and measured on the others; in radians, 0 is alike.",
        "arccos <X Q, Y>, |X| = |Y| = 1, of the held-out half",
        "pi / 2 for unrelated features; images permuted beside it",
        "Williams et al. 2021, arXiv:2110.14739",
    ),
    Term(
        "permuted",
        "The same number with the images of the second model in another order: each side keeps "
        "its features, only the pairing is lost.",
        "mean, 2.5 % and 97.5 % over random permutations",
        "it is the null",
        OURS,
    ),
    Term(
        "ceiling",
        "The same number for the first model and a run of the same recipe with other seeds.",
        "as the number beside it",
        "it is the control: what training alone makes alike",
        OURS,
    ),
    Term(
        "self_test",
        "The measure of a model and itself, which must be 1, for distances 0, up to rounding.",
        "m(X, X)",
        "1, or 0 for distances",
        OURS,
    ),
)  # fmt: skip
