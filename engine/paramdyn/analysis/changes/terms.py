"""What the numbers of the question ``changed`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

TERMS: tuple[Term, ...] = (
    Term(
        name="class",
        definition="Every scalar is in exactly one class, the first that applies: frozen, "
        "structural, dead, absorbed, returned, decay-only, changed. Values are compared by their "
        "bits. Shares are of all parameters and sum to 100 %.",
        formula="#{scalars in the class} / #theta",
        null="learning rate 0: nothing changes; images of 33 pixels: no structural in a ResNet18",
        reference=OURS,
    ),
    Term(
        name="silent",
        definition="u: share of all parameters that kept their value although an image could have "
        "moved them: dead, absorbed and returned, without structural and frozen ones. In [0, 1].",
        formula="u = (dead + absorbed + returned) / #theta",
        null="the share without any gradient in the untrained network",
        reference=OURS,
    ),
    Term(
        name="untrained-silent",
        definition="Share of all parameters whose gradient is exactly zero on all the training "
        "images looked at, in the network as it was drawn; without structural ones. Batch "
        "normalisation uses each batch, dropout is off. In [0, 1].",
        formula="#{reachable scalars: dL/dtheta = 0 in every batch} / #theta",
        null="it is the null of u; far from 0 where rectifiers are dead at birth",
        reference=OURS,
    ),
    Term(
        name="decay-ratio",
        definition="Factor by which weight decay alone multiplies a parameter that never has a "
        "gradient. Scalars without gradients that are there, within rounding, are decay-only.",
        formula="sgd: v = mu v + decay w, w = w - lr v; adamw: product of (1 - lr decay)",
        null="1: no decay",
        reference=OURS,
    ),
    Term(
        name="depth",
        definition="Shallow: the first half of the layers with weights (convolutions and linear "
        "layers), in the order in which the model lists them, the middle one included. Deep: the "
        "rest. Biases and norms belong to the layer listed before them.",
        formula="layer i of D is shallow if 2 i < D, i counted from 0",
        null="both halves alike",
        reference=OURS,
    ),
    Term(
        name="dead-unit",
        definition="A unit whose rectifier is shut on all n test images. Its true firing rate is "
        "below 3 / n with 95 % confidence. It says nothing of other images or later steps.",
        formula="max over images and positions of the unit's value <= 0",
        null="the untrained network of the same draw",
        reference="rule of three: Hanley & Lippman-Hand 1983",
    ),
    Term(
        name="silenced",
        definition="Scalars that dead units leave without a gradient: fan-in, bias and fan-out, "
        "each counted once. Exact for one state of the network.",
        formula="LeNet, one unit of fc1: 400 + 1 + 84 = 485",
        null="those of the untrained network of the same draw",
        reference=OURS,
    ),
    Term(
        name="tolerance",
        definition="Share of all parameters that moved by at most tol times the root mean square "
        "of their tensor at the start (at the end, where the start is zero). In [0, 1].",
        formula="#{abs(theta_T - theta_0) <= tol rms(theta_0)} / #theta",
        null="a plateau over small tolerances is the structural share",
        reference=OURS,
    ),
    Term(
        name="invisible",
        definition="Share of all parameters whose first and last value are the same number when "
        "both are rounded to a narrower type: an update that such a checkpoint would not show.",
        formula="#{round(theta_T) = round(theta_0)} / #theta",
        null="the unchanged share in float32",
        reference="Mukherjee et al. 2025, arXiv:2505.11711",
    ),
    Term(
        name="kernel-distance",
        definition="How much the empirical tangent kernel turned between start and end, summed "
        "over outputs, in [0, 1]. Evaluation mode, statistics of the end held fixed, float64.",
        formula="1 - <K_0, K_T> / (||K_0|| ||K_T||), K = J J^T on n <= 100 test images",
        null="0: a linear model",
        reference="Fort et al. 2020, arXiv:2010.15110",
    ),
    Term(
        name="linearization-error",
        definition="The part of the outputs' change that the linearization at the start misses, "
        ">= 0. Lazy training keeps it small; how few parameters moved says nothing of it.",
        formula="||f_T - f_0 - J_0 (theta_T - theta_0)|| / ||f_T - f_0||",
        null="0: a linear model",
        reference="Chizat, Oyallon & Bach 2019, arXiv:1812.07956",
    ),
    Term(
        name="scaled-error",
        definition="The linearization error with the output scale alpha = 100, where the same "
        "change of the outputs takes 1 / alpha of the displacement, in the same direction. The "
        "positive control: it must come out small.",
        formula="linearization error of theta_0 + (theta_T - theta_0) / alpha",
        null="the linearization error without a scale",
        reference="Chizat, Oyallon & Bach 2019, arXiv:1812.07956",
    ),
    Term(
        name="gate-flips",
        definition="Share of rectifiers, over images and units, that are open at one end of "
        "training and shut at the other. In [0, 1].",
        formula="mean of [gate open at theta_0 != gate open at theta_T]",
        null="0: the network stayed in one linear piece",
        reference=OURS,
    ),
)
