"""Columns of the tables of ``recovery``."""

from __future__ import annotations

from paramdyn.analysis.answer import Column

DISTANCES = (
    Column("pair", "pair", "text"),
    Column("raw", "distance", "number", "weight-distance"),
    Column("in_d1", "in d1", "number", "in-d1"),
    Column("live", "live", "number", "live-distance"),
    Column("signs", "mod signs", "number", "sign-distance"),
    Column("aligned", "aligned", "number", "aligned-distance"),
    Column("quotient", "quotient", "number", "quotient-distance"),
    Column("certificate", "certificate", "number", "symmetry-certificate"),
    Column("n", "seeds", "count"),
)
ANSWERS = (
    Column("pair", "pair", "text"),
    Column("disagreement", "disagree", "share", "disagreement"),
    Column("chance", "by chance", "share", "chance-disagreement", null=True),
    Column("divergence", "JS", "number", "divergence"),
    Column("cka", "CKA", "number", "feature-cka"),
    Column("barrier", "barrier", "number", "barrier"),
    Column("aligned_barrier", "aligned", "number", "barrier"),
    Column("n", "seeds", "count"),
)
RATIOS = (
    Column("ratio", "ratio", "text"),
    Column("value", "value", "number"),
    Column("low", "95 % from", "number"),
    Column("high", "to", "number"),
    Column("null", "null", "number", null=True),
    Column("n", "seeds", "count"),
)
SEEDS = (
    Column("seed", "seed", "count"),
    Column("child", "child", "text"),
    Column("raw", "E to A0", "number", "weight-distance"),
    Column("d0", "d0", "number", "weight-distance", null=True),
    Column("d1", "d1", "number", "weight-distance", null=True),
    Column("d2", "d2", "number", "weight-distance", null=True),
    Column("d3", "d3", "number", "quotient-distance", null=True),
    Column("quotient", "quotient", "number", "quotient-distance"),
    Column("rho", "rho", "number", "rho"),
    Column("q", "q", "number", "q"),
    Column("s", "s", "number", "s"),
    Column("f", "f", "number", "f"),
    Column("amplification", "A", "number", "amplification"),
    Column("return_index", "return", "number", "return-index"),
)
MEMBERS = (
    Column("seed", "seed", "count"),
    Column("arm", "part", "text"),
    Column("run", "run", "text"),
    Column("status", "status", "text"),
    Column("accuracy", "accuracy", "share", "accuracy"),
    Column("loss", "loss", "number", "mean-loss"),
    Column("trouble", "trouble", "text"),
)
PERTURBED = (
    Column("seed", "seed", "count"),
    Column("asked", "perturbation", "text"),
    Column("scalars", "scalars", "count"),
    Column("changed", "changed", "count"),
    Column("norm", "norm", "number", "perturbation-norm"),
    Column("relative", "of ||P||", "number", "perturbation-norm"),
    Column("rate", "growth a step", "number", "growth-rate"),
    Column("steps", "steps", "step"),
)
BARRIERS = (
    Column("seed", "seed", "count"),
    Column("pair", "pair", "text"),
    Column("treatment", "batch norm", "text"),
    Column("height", "loss barrier", "number", "barrier"),
    Column("aligned", "aligned", "number", "barrier"),
    Column("error", "error barrier", "share", "error-barrier"),
)
