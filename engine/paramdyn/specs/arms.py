"""What a run is called that is no control of another one: its arm, told by how it begins.

The words for controls are in ``specs.controls``.
"""

from __future__ import annotations

BASE = "base"
CHILD = "child"
CONTINUED = "continued"

_ROLES = ("", "parent")
"""What earlier versions wrote for a run that is no control; ``parent`` said whose, not what."""


def arm_of(label: str, *, continues: bool, perturbed: bool) -> str:
    """Return a run's arm: its label, or what it is where the label does not say.

    Args:
        label: What it was made as; empty when it was not made to be compared with another one.
        continues: Whether it starts from a snapshot of another run.
        perturbed: Whether anything was perturbed before its first step.

    >>> arm_of("twin", continues=True, perturbed=False)
    'twin'
    >>> arm_of("", continues=False, perturbed=True)
    'base'
    >>> [arm_of("", continues=True, perturbed=perturbed) for perturbed in (True, False)]
    ['child', 'continued']
    """
    if label not in _ROLES:
        return label
    if not continues:
        return BASE
    return CHILD if perturbed else CONTINUED
