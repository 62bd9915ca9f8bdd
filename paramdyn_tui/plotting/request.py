"""What a picture of runs is asked to show, checked before anything is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from paramdyn.errors import BadRequest, UnknownName
from paramdyn.registry import unknown_name

PARTS = ("curves", "drift", "classes", "histograms", "layers")
USUAL_PARTS = ("curves", "drift", "classes")
PARTS_OF_SEVERAL = ("curves",)
"""What is drawn of several runs when nothing was named: the rest would not fit a screen."""
AXES = ("step", "epoch", "images", "time", "relative")
USUAL_MEASUREMENT = "relative_displacement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to draw.

    Attributes:
        what: Some of ``PARTS``, in the order to draw them; nothing: the usual ones.
        x: What runs from left to right, one of ``AXES``.
        metrics: Names of metrics, a panel each; nothing: loss and accuracy.
        measurement: What drift and layers show.
        log: Whether loss, drift and layers are on a logarithmic scale.
        log_y: Whether every panel is.
        log_x: Whether the horizontal scale is logarithmic.
        smooth: Weight of an exponential average (below 1) or records of a window; 0 for none.
        band: Whether runs that differ in their seeds only become one line with a band.
        group: A field of the spec: runs with the same value become one line with a band.
        chance: Whether to draw what guessing gets.
        target: Where to draw a horizontal line, if anywhere.
        difference: Name of the run to subtract, if any.
    """

    what: Sequence[str] = ()
    x: str = "epoch"
    metrics: Sequence[str] = field(default=())
    measurement: str = USUAL_MEASUREMENT
    log: bool = False
    log_y: bool = False
    log_x: bool = False
    smooth: float = 0.0
    band: bool = False
    group: str = ""
    chance: bool = False
    target: float | None = None
    difference: str = ""

    def compares(self, runs: int) -> bool:
        """Tell whether a line is a run or a group, one metric a panel, rather than a split."""
        chosen = self.metrics or self.difference or self.band or self.group
        return runs > 1 or bool(chosen)

    def parts(self, runs: int) -> Sequence[str]:
        """Return what is drawn of so many runs: who names metrics wants curves."""
        usual = USUAL_PARTS if runs == 1 and not self.metrics else PARTS_OF_SEVERAL
        return self.what or usual


def check_request(request: Request) -> None:
    """Raise unless every name is known and every number has a meaning.

    Raises:
        UnknownName: There is no such part or axis.
        BadRequest: A number is out of range.
    """
    _check_names("picture", "--what", request.what, PARTS)
    _check_names("axis", "--x", [request.x], AXES)
    smooth = request.smooth
    if not (0 <= smooth < 1 or (smooth >= 1 and smooth == int(smooth))):
        raise BadRequest(
            f"--smooth: {smooth:g} is neither a weight nor a window. Expected 0 to 0.999 (weight "
            "of an exponential average) or a whole number (records of a window), such as 0.9 or 20."
        )


def names_in(text: str, option: str, choices: Sequence[str] = ()) -> list[str]:
    """Return the names in a text such as ``a,b``.

    Raises:
        BadRequest: There is none.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        some = f"any of {', '.join(choices)}" if choices else "names with commas between them"
        raise BadRequest(f"{option}: nothing was named. Expected {some}.")
    return names


def _check_names(kind: str, option: str, names: Sequence[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            listing = ", ".join(known)
            raise UnknownName(unknown_name(kind, name, list(known), where=option, listing=listing))
