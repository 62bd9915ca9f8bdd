"""What a verdict rests on: one record of plain numbers per seed and question.

``None`` means that the run it needs was not made. A distance, share or loss that is there but not
finite means that the run diverged. Every record is of the last snapshot unless it says otherwise.
The four reference distances (``d0`` to ``d3``) are shown together wherever a distance is.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedEvidence:
    """What every question asks of a seed.

    Attributes:
        seed: Which seed; one record per seed.
        collapsed: Names of this seed's runs that collapsed (M11), such as ``child``.
        diverged: Names of this seed's runs that diverged.
        unfinished: Names of this seed's runs that are still being trained: it may not speak yet.
        checkpoints: Which snapshots the numbers are of. Anything but ``("last",)`` is refused:
            the best snapshot is another point of the path in every run.
        d0: Numerical floor: the control's distance to its own re-run (>= 0). For ``correlation``:
            |ln| of the participation ratio of the one over that of the other.
    """

    seed: int
    collapsed: tuple[str, ...] = ()
    diverged: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    checkpoints: tuple[str, ...] = ("last",)
    d0: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSeed(SeedEvidence):
    """Which parameters changed, and whether training was lazy. Shares are of all parameters.

    Attributes:
        unchanged: Unchanged share without ``structural`` and ``frozen``, in [0, 1].
        untrained_silent: Share that is dead or absorbed in the untrained net, in [0, 1].
        structural: Share that no input can give a gradient, in [0, 1].
        all_unchanged: Share of every unchanged parameter, ``structural`` included.
        moved: Share of every parameter whose bits differ at the end, decay alone included.
        trained: The same without those that nothing but weight decay moved.
        kernel_distance: 1 - cosine of the first and last tangent kernel, >= 0 (M20).
        linearization_error: Of the output's change, >= 0 (M20).
        scaled_linearization_error: The same with the output scale alpha raised: the control.
    """

    unchanged: float | None = None
    untrained_silent: float | None = None
    structural: float | None = None
    all_unchanged: float | None = None
    moved: float | None = None
    trained: float | None = None
    kernel_distance: float | None = None
    linearization_error: float | None = None
    scaled_linearization_error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DistanceSeed(SeedEvidence):
    """How far two arms (such as two optimizers) moved from the same start, live parameters only.

    Attributes:
        first_at_loss: Displacement of the first arm where both have the same train loss.
        second_at_loss: Of the second arm there.
        first_at_path: Displacement of the first arm where both have the same path length.
        second_at_path: Of the second arm there.
        first_at_rate: Displacement of the first arm at the learning rate of the second.
        second_at_rate: Of the second arm there.
        first_rates: Learning rates of the first arm that were run; None when fewer than 4.
        second_rates: The same of the second arm.
    """

    first_at_loss: float | None = None
    second_at_loss: float | None = None
    first_at_path: float | None = None
    second_at_path: float | None = None
    first_at_rate: float | None = None
    second_at_rate: float | None = None
    first_rates: float | None = None
    second_rates: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectivitySeed(SeedEvidence):
    """What lies on the straight line between two networks of one seed.

    Errors are shares of wrong answers, statistics of batch normalisation reset on training images.

    Attributes:
        error_barrier: max over the line of the error, minus the mean of both ends; in [-1, 1].
        aligned_error_barrier: The same after the best permutation and signs of the second network.
        order_error_barrier: Of the first network and the run with its images in another order.
        independent_error_barrier: Of the first network and one from other first values.
        function_change: Largest change of a logit by the alignment, over the logits' rms.
    """

    error_barrier: float | None = None
    aligned_error_barrier: float | None = None
    order_error_barrier: float | None = None
    independent_error_barrier: float | None = None
    function_change: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverySeed(SeedEvidence):
    """Where a perturbed child E ended: P is its parent, S its start, A0 the unperturbed control.

    Attributes:
        d1: A0 to the same start with other data order: the noise floor of training.
        d2: A0 to an independent initialization.
        d3: d2 after alignment.
        raw: E to A0, as they are.
        quotient: E to A0 modulo the symmetries of the network.
        to_start: E to S.
        to_parent: E to P.
        control_to_parent: A0 to P.
        perturbation: S to P, the perturbation that float32 kept.
        disagreement: Share of images that E and A0 classify differently.
        disagreement_noise: The same for A0 and the run of ``d1``.
    """

    d1: float | None = None
    d2: float | None = None
    d3: float | None = None
    raw: float | None = None
    quotient: float | None = None
    to_start: float | None = None
    to_parent: float | None = None
    control_to_parent: float | None = None
    perturbation: float | None = None
    disagreement: float | None = None
    disagreement_noise: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationSeed(SeedEvidence):
    """Features of the same layer in two arms: participation ratios (>= 1), and how alike they are.

    Attributes:
        first_matched: Of the first arm, at matched train loss or relative displacement.
        second_matched: Of the second arm there.
        first_at_rate: Of the first arm at the learning rate of the second.
        second_at_rate: Of the second arm there.
        untrained: Of the untrained net.
        unused_outputs: Share of the features that are outputs which are never a target, [0, 1].
        similarity: Unbiased CKA of the two models' features on the same images, in [-1, 1].
        independent_similarity: Of the first model and an independent run of its recipe.
        permuted_similarity: Of the two models with the images of one permuted.
    """

    first_matched: float | None = None
    second_matched: float | None = None
    first_at_rate: float | None = None
    second_at_rate: float | None = None
    untrained: float | None = None
    unused_outputs: float | None = None
    similarity: float | None = None
    independent_similarity: float | None = None
    permuted_similarity: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvergenceSeed(SeedEvidence):
    """Whether a run had converged, and whether two starts ended at the same point.

    Attributes:
        converged: 1 when ``run_convergence`` calls the run converged, else 0; None when it cannot
            tell.
        aligned: Distance of the two ends after alignment.
        d1: Noise floor of training.
        d3: Distance of the control to an unrelated network after alignment.
        barrier: Loss barrier between the aligned ends.
        disagreement: Share of images that the two ends classify differently.
        disagreement_noise: The same for the runs of ``d1``.
        barrier_noise: Loss barrier between the runs of ``d1``.
    """

    converged: float | None = None
    aligned: float | None = None
    d1: float | None = None
    d3: float | None = None
    barrier: float | None = None
    barrier_noise: float | None = None
    disagreement: float | None = None
    disagreement_noise: float | None = None
