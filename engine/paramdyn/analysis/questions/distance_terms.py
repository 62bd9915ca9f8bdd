"""What the numbers of ``distance`` mean."""

from __future__ import annotations

from paramdyn.analysis.terms import OURS, Term

_D = "Nagarajan & Kolter 2019, arXiv:1901.01672"
_RANDOM_WALK = "1 / sqrt(n) of a random walk of n steps of equal length"

TERMS: tuple[Term, ...] = (
    Term(
        "displacement",
        "L2 distance of the parameters from their values at step 0, in [0, inf). Of several "
        "tensors the root of the summed squares, never a mean; buffers do not count.",
        "|theta_T - theta_0|",
        "the same start with its images in another order; a random walk of the same path length",
        _D,
    ),
    Term(
        "start_norm",
        "L2 norm of the values at step 0.",
        "|theta_0|",
        "none: what displacements are seen against",
        _D,
    ),
    Term(
        "end_norm",
        "L2 norm of the values at the end.",
        "|theta_T|",
        "the norm at step 0",
        _D,
    ),
    Term(
        "relative_to_start",
        "Displacement over the norm at step 0. Undefined where that is zero, as of biases that "
        "start at zero.",
        "|theta_T - theta_0| / |theta_0|",
        "that of the run with its images in another order",
        _D,
    ),
    Term(
        "relative_to_end",
        'Displacement over the norm at the end: the "change rate" of the original study.',
        "|theta_T - theta_0| / |theta_T|",
        "that of the run with its images in another order",
        _D,
    ),
    Term(
        "live",
        "The same over the scalars that some input can give a gradient: taps that only ever meet "
        "padding weigh in every norm and mean nothing.",
        "sums over scalars that are not structural",
        "equal to that of all scalars in a network without such taps",
        OURS,
    ),
    Term(
        "order_displacement",
        "How far the same start went with its images in another order: differences between runs "
        "that are smaller say nothing.",
        "|theta'_T - theta_0|",
        "itself a null",
        OURS,
    ),
    Term(
        "order_gap",
        "How far apart the ends are when nothing but the order of images differs: the noise floor "
        "of training.",
        "|theta_T - theta'_T|",
        "itself a null; 0 for the same run again",
        OURS,
    ),
    Term(
        "path_length",
        "Sum of the distances from record to record: a lower bound of the way that was gone "
        "unless every step was recorded.",
        "sum over records r of |theta_r - theta_{r-1}|",
        "the displacement: then the way was straight",
        "Schneider, Dangel & Hennig 2021, arXiv:2102.06604 (its summands)",
    ),
    Term(
        "straightness",
        "Displacement over path length, in (0, 1]: 1 is a straight line. An upper bound where "
        "steps lie between records. Undefined where nothing moved.",
        "|theta_T - theta_0| / path length",
        _RANDOM_WALK,
        OURS,
    ),
    Term(
        "random_walk",
        "Straightness of a random walk of as many steps of equal length as the path has chords.",
        "1 / sqrt(n)",
        "itself a null",
        OURS,
    ),
    Term(
        "random_walk_own",
        "Straightness of a random walk whose steps are as long as the recorded ones.",
        "sqrt(sum c^2) / sum c",
        "itself a null; at least 1 / sqrt(n)",
        OURS,
    ),
    Term(
        "update_ratio",
        "Norm of one step over the norm of the values.",
        "|theta_{t+1} - theta_t| / |theta_t|",
        "Adam's first step: learning rate * sqrt(live d) / |theta_0| up to epsilon",
        OURS,
    ),
    Term(
        "sign_changes",
        "Share of live scalars, zero in neither state, whose sign differs from the start.",
        "share of sgn(theta_0) sgn(theta_T) < 0",
        "arctan(tau / sigma) / pi for a normal start and an independent displacement with the root "
        "mean squares that were found",
        "Frankle, Schwab & Morcos 2020, arXiv:2002.10365",
    ),
    Term(
        "interval_distance",
        "Distance between two kept snapshots of one run, live scalars only.",
        "|theta_i - theta_j|",
        "of a random walk it grows as the root of the steps between",
        OURS,
    ),
    Term(
        "direction_to_end",
        "Cosine of the displacement so far and the displacement in the end, in [-1, 1].",
        "cos(theta_t - theta_0, theta_T - theta_0)",
        "independent directions: mean 0, standard deviation 1 / sqrt(d); a random walk: sqrt(t/T)",
        OURS,
    ),
    Term(
        "turn",
        "Cosine of one displacement between snapshots and the next, in [-1, 1].",
        "cos(theta_t - theta_s, theta_u - theta_t)",
        "independent directions, as in a random walk: mean 0, standard deviation 1 / sqrt(d)",
        OURS,
    ),
    Term(
        "angle",
        "Median angle between a filter's values at the start and at the end, in degrees, for "
        "filters in front of batch normalisation: the part of the displacement that the function "
        "sees.",
        "angle(w_0, w_T)",
        "0 where nothing turned; unrelated filters: 90 degrees",
        OURS,
    ),
    Term(
        "radial",
        "Median ratio of a filter's lengths, for filters in front of batch normalisation: the part "
        "of the displacement that the function does not see.",
        "|w_T| / |w_0|",
        "1; plain SGD without weight decay can only make it grow",
        OURS,
    ),
    Term(
        "effective_rate",
        "Median over filters of the learning rate over the squared length: what it is for the "
        "filter's direction.",
        "lr / |w|^2",
        "that of the start",
        "van Laarhoven 2017, arXiv:1706.05350",
    ),
    Term(
        "effective_rank",
        "How many directions the displacement of a weight matrix (out x in * taps, structural "
        "columns removed) is spread over, in [1, min(m, n)].",
        "(sum s)^2 / sum s^2 of its singular values s",
        "its own values in random places; independent values (Marchenko-Pastur)",
        OURS,
    ),
    Term(
        "stable_rank",
        "Energy of the displacement over that of its strongest direction, in [1, min(m, n)].",
        "|W|_F^2 / s_1^2",
        "its own values in random places; independent values (Marchenko-Pastur)",
        OURS,
    ),
    Term(
        "top_energy",
        "Share of the squared displacement in its ten strongest directions.",
        "sum over 10 largest s^2 / sum s^2",
        "its own values in random places; independent values (Marchenko-Pastur)",
        OURS,
    ),
    Term(
        "reinitialized",
        "How much the error rises when one layer alone is set back to its values at step 0; "
        "running statistics are reset on training images in every network.",
        "E(theta with layer l of step 0) - E(theta)",
        "nothing put back: 0; everything put back: chance",
        "Zhang, Bengio & Singer 2022, arXiv:1902.01996",
    ),
    Term(
        "redrawn",
        "The same with a fresh draw of the layer's first values.",
        "E(theta with layer l drawn anew) - E(theta)",
        "nothing put back: 0; everything drawn anew: chance",
        "Zhang, Bengio & Singer 2022, arXiv:1902.01996",
    ),
    Term(
        "displacement_ratio",
        "Displacement of the first over that of the second, geometric mean over seeds with its "
        "95 % interval (t on logarithms).",
        "exp mean ln(d_1 / d_2)",
        "1: both move equally far; within 10 % counts as equal",
        OURS,
    ),
    Term(
        "matched_loss",
        "The train loss that both runs of a seed reached: the higher one of their lowest, each a "
        "mean of the recorded batches over the last epoch's steps, or the last tenth of a shorter "
        "run's. Displacement is taken where each first got there, linear between two records.",
        "max over both of min over t of the smoothed loss",
        "none: it says where two runs are compared",
        OURS,
    ),
    Term(
        "matched_path",
        "The length that both runs of a seed went: the shorter path. Displacement is taken where "
        "each got there, linear between two records.",
        "min over both of the path length",
        "none: it says where two runs are compared",
        OURS,
    ),
)
