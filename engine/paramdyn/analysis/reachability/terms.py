"""What the numbers of the question ``reach`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

TERMS: tuple[Term, ...] = (
    Term(
        name="structural",
        definition="Scalars that no image of this size can give a gradient, because the tap of "
        "the convolution only ever meets padding, or because no pass uses the parameter. A count, "
        "or a share of all parameters in [0, 1].",
        formula="tap (u, v) is live if 0 <= i s - p + u d < H for some output i, and alike for v",
        null="0: every scalar is reached by some image",
        reference=OURS,
    ),
    Term(
        name="vanishes-at",
        definition="The smallest image size, in pixels, from the present one on, at which every "
        "tap of every convolution meets the image.",
        formula="min {size >= image size: structural taps at size = 0}",
        null="the present size: nothing has to vanish",
        reference=OURS,
    ),
    Term(
        name="tied",
        definition="Weights that get bit-equal gradients in every step, because their layer is "
        "given the same number several times: groups of two or more, and the weights in them.",
        formula="w_oi and w_oj are tied if input i = input j for all images and parameters",
        null="0 groups: every weight has a gradient of its own",
        reference=OURS,
    ),
    Term(
        name="directions",
        definition="Independent directions in which the parameters can move: scalars, without "
        "structural ones, a group of tied ones counted once. Holds without dropout before the "
        "layer, and for optimizers that treat each scalar alike.",
        formula="#theta - structural - (tied - groups)",
        null="the number of parameters",
        reference=OURS,
    ),
    Term(
        name="sign-channels",
        definition="Channels in front of a batch normalisation: negating the filter, the scale "
        "and the running mean of any of them changes no output, so 2^channels networks are one "
        "function.",
        formula="sum of the widths of layer -> batch-normalisation pairs",
        null="0: no sign is free",
        reference=OURS,
    ),
    Term(
        name="zero-start",
        definition="Parameter tensors that are zero when training starts: their relative "
        "displacement and their sign changes are 0/0, and count as undefined.",
        formula="#{tensors: ||theta_0|| = 0}",
        null="0 tensors",
        reference=OURS,
    ),
    Term(
        name="unused",
        definition="Parameters of modules that no pass calls, and of logits that are no class of "
        "the data set. The latter do get gradients: softmax > 0 only ever pushes them down.",
        formula="count of scalars",
        null="0",
        reference=OURS,
    ),
)
