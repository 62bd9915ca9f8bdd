"""What has been said in a form, over what holds when nothing is said."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from paramdyn.catalogues import DATASETS, OPTIMIZERS, PERTURBATIONS, SCHEDULES
from paramdyn.registry import Entry, Registry
from paramdyn.specs.flat import flat_fields
from paramdyn.specs.names import optimizer_name
from paramdyn.specs.perturbation_text import format_perturbation, parse_perturbation
from paramdyn.specs.run_spec import DEFAULT_MEASUREMENTS, InitializerSpec, PerturbationSpec, RunSpec
from paramdyn_tui.tui.forms.offers import ALL, NONE, NOW, OWN
from paramdyn_tui.tui.forms.parent import Parent
from paramdyn_tui.tui.forms.texts import perturbation_text, text_of

PERTURB, PRESET, CONTROLS, STEP, SEEDS = "perturb", "preset", "controls", "step", "seeds"
START, PLUGINS, OTHER, MORE = "start", "plugin", "other", "more"
FIRST_PRESET = "sign-flip"
_SECTIONS: Mapping[str, Registry] = {
    "dataset": DATASETS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
}
_LISTS = ("dataset.augmentation", "recording.snapshots", "recording.what")
_USUAL = {CONTROLS: NONE, START: NOW, PLUGINS: "", OTHER: "", PRESET: NONE, STEP: "final"}


class Form:
    """What a person has said.

    Attributes:
        parent: The run that a fork starts from.
        runs: What ``--runs`` must say; None: nothing.
        data: What ``--data`` must say; None: nothing.
        more: Whether the fields that are seldom needed are shown.
        perturb: What is done to the first values, one after another: parts of ``--perturb``.
    """

    def __init__(
        self, parent: Parent | None = None, *, runs: Path | None = None, data: str | None = None
    ) -> None:
        self.parent, self.runs, self.data = parent, runs, data
        self.more = False
        base = RunSpec()
        if parent is not None:
            base = replace(parent.spec, initializer=InitializerSpec(), perturbations=())
        self._base = base
        self._flat = flat_fields(base)
        self._said: dict[str, str] = {}
        self.perturb: list[dict[str, str]] = []
        if parent is not None:
            self.put(PRESET, FIRST_PRESET)
            self.put(CONTROLS, ALL)

    def copy(self) -> Form:
        """Return a form that later changes of this one do not reach."""
        made = copy.copy(self)
        made._said = dict(self._said)  # noqa: SLF001 - it is ours
        made.perturb = [dict(each) for each in self.perturb]
        return made

    def text(self, key: str) -> str:
        """Return what a field shows: what was said, else what holds."""
        if key == PRESET:
            return self._preset()
        number, part = perturb_key(key)
        if part:
            return self._perturb_text(number, part)
        return self._said.get(key, self.usual(key))

    def is_said(self, key: str) -> bool:
        """Tell whether a field says something else than what holds anyway."""
        number, part = perturb_key(key)
        if part:
            return number < len(self.perturb) and part in self.perturb[number]
        if key == PRESET:
            return bool(self.perturb)
        return key in self._said and self._said[key].strip() != self.usual(key)

    def usual(self, key: str) -> str:
        """Return what holds when nothing is said."""
        number, part = perturb_key(key)
        if part:
            return self._perturb_usual(number, part)
        if key in _USUAL:
            return _USUAL[key]
        if key == SEEDS:
            return text_of(self._base.seed)
        section, dot, option = key.partition(".options.")
        value = self.options_of(section).get(option) if dot else self._flat.get(key)
        if key == "recording.what" and tuple(value or ()) == DEFAULT_MEASUREMENTS:
            return ALL
        return text_of(value) or (NONE if key in _LISTS else "")

    def put(self, key: str, text: str) -> None:
        """Say something."""
        if key == PRESET:
            self.perturb[:1] = [] if text in (NONE, OWN) else [_parts(parse_perturbation(text))]
            return
        number, part = perturb_key(key)
        if part:
            self._put_perturbation(number, part, text)
        elif text.strip() in ("", self.usual(key)):
            self._said.pop(key, None)
        else:
            self._said[key] = text

    def said(self) -> dict[str, str]:
        """Return key -> text of every field of the spec that says something, perturbations apart.

        An option of a thing that was chosen before another one is left out.
        """
        found = {}
        for key, text in self._said.items():
            section, dot, option = key.partition(".options.")
            stays = not dot or option in self.options_of(section)
            if stays and self.is_said(key):
                found[key] = text.strip()
        return found

    def options_of(self, section: str) -> Mapping[str, Any]:
        """Return the options that the chosen thing of a section takes, with what they are."""
        name = self._name_of(section)
        entry = entry_of(section, name)
        usual = dict(entry.options or {}) if entry is not None else {}
        if name == self._flat.get(f"{section}.name"):
            usual |= getattr(self._base, section).options
        return usual

    def matched(self, key: str) -> str:
        """Return how many parameters the globs in a field of layers choose, where that is known."""
        parent = self.parent
        if parent is None or not parent.parameters or not key.endswith("/layers"):
            return ""
        number, scalars = parent.matched(self.text(key))
        return f"{number} of {len(parent.parameters)} parameters, {scalars:,} scalars"

    def layers_of(self) -> list[str]:
        """Return globs over layers that can be completed."""
        return self.parent.layer_globs() if self.parent is not None else []

    def _name_of(self, section: str) -> str:
        name = self.text(f"{section}.name").partition(":")[0]
        return optimizer_name(name) if section == "optimizer" else name

    def _preset(self) -> str:
        if not self.perturb:
            return NONE
        return perturbation_text(self.perturb[0]) if len(self.perturb) == 1 else OWN

    def _perturb_text(self, number: int, part: str) -> str:
        said = self.perturb[number] if number < len(self.perturb) else {}
        return said.get(part) or self._perturb_usual(number, part)

    def _perturb_usual(self, number: int, part: str) -> str:
        if part == "name":
            return NONE
        fixed = {"layers": "*", "norms": "true", "buffers": "none"}
        if part in fixed:
            return fixed[part]
        name = self.perturb[number]["name"] if number < len(self.perturb) else ""
        return text_of(perturbation_options(name).get(part))

    def _put_perturbation(self, number: int, part: str, text: str) -> None:
        if part == "name":
            if text in (NONE, ""):
                del self.perturb[number : number + 1]
                return
            amount = perturbation_options(text).get("amount")
            layers = self.perturb[number].get("layers") if number < len(self.perturb) else None
            made = {"name": text, "amount": text_of(amount), "layers": layers or ""}
            self.perturb[number : number + 1] = [{k: v for k, v in made.items() if v}]
        elif number < len(self.perturb):
            self.perturb[number][part] = text
            keeps = part == "amount" and text.strip()
            if not keeps and text.strip() in ("", self._perturb_usual(number, part)):
                self.perturb[number].pop(part)


def perturb_key(key: str) -> tuple[int, str]:
    """Return number and part of ``perturb/1/layers``; an empty part for another key."""
    head, _, rest = key.partition("/")
    number, _, part = rest.partition("/")
    return (int(number), part) if head == PERTURB and part else (0, "")


def perturbation_options(name: str) -> Mapping[str, Any]:
    """Return the options of a perturbation with their defaults; none of one that is unknown."""
    return (PERTURBATIONS.entry(name).options or {}) if name in PERTURBATIONS else {}


def entry_of(section: str, name: str) -> Entry | None:
    """Return the catalogue's entry of what is chosen in a section."""
    registry = _SECTIONS.get(section)
    return registry.entry(name) if registry is not None and name in registry else None


def _parts(spec: PerturbationSpec) -> dict[str, str]:
    """Return a perturbation as the parts of its text."""
    text = format_perturbation(spec)
    amount = spec.options.get("amount")
    parts = {"name": text.partition(":")[0].partition(",")[0], "amount": text_of(amount)}
    return {key: value for key, value in parts.items() if value}
