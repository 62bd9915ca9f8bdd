"""Another draw of a model's first values: what an unrelated, untrained network looks like."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from paramdyn.analysis.subjects.subject import State, Subject
from paramdyn.specs.controls import LOADED, another_seed, seed_of
from paramdyn.specs.run_spec import InitializerSpec
from paramdyn.starting import starting_model
from paramdyn.store.equal_runs import lineage_of

DRAWN = "kaiming-uniform"
"""Drawn from where a model began with weights that cannot be drawn again."""


def hollow(model: nn.Module) -> nn.Module:
    """Return a model without memory for parameters: to be called with those of a state.

    Buffers keep theirs, since not all of them are in a state_dict.
    """
    for module in model.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            empty = torch.empty_like(parameter, device="meta")
            setattr(module, name, nn.Parameter(empty, requires_grad=parameter.requires_grad))
    return model


def drawn_again(subject: Subject, *, runs: Path, draw: int = 1) -> State:
    """Return first values of the same recipe from another seed, unperturbed and never trained.

    The recipe is that of the first run that the subject descends from. Pretrained weights and
    weights files cannot be drawn again: ``DRAWN`` is used.

    Args:
        subject: Any.
        runs: Where the runs that it descends from are.
        draw: Which one, from 1; each is independent of the others and of the subject's own.

    Raises:
        RunNotFound: A run that it descends from is gone.
    """
    first = subject.spec if subject.folder is None else lineage_of(runs, subject.folder)[0]
    loaded = first.initializer.name.partition(":")[0] in LOADED
    initializer = InitializerSpec(name=DRAWN) if loaded else first.initializer
    seed = another_seed(seed_of(first, "initialization"), f"untrained draw {draw}")
    seeds = replace(first.seeds, initialization=seed)
    plain = replace(first, initializer=initializer, perturbations=(), seeds=seeds)
    model, _, _ = starting_model(plain, runs=runs, classes=subject.classes)
    return dict(model.state_dict())
