from __future__ import annotations

import tomllib
from dataclasses import fields, replace

from paramdyn.specs.reader import spec_from_mapping
from paramdyn.specs.run_spec import ModelSpec, PerturbationSpec, RunSpec, SeedSpec
from paramdyn.specs.writer import to_mapping, to_toml


def test_mapping_has_every_field_but_none():
    mapping = to_mapping(RunSpec(seeds=SeedSpec(order=1)))
    assert [field.name for field in fields(RunSpec)] == list(mapping)
    assert {"order": 1} == mapping["seeds"]
    assert [] == mapping["perturbations"]


def test_tuples_become_lists():
    spec = RunSpec(perturbations=(PerturbationSpec(options={"a": (1, 2)}),))
    assert {"a": [1, 2]} == to_mapping(spec)["perturbations"][0]["options"]


def test_toml_begins_with_a_comment_and_reads_back():
    spec = replace(RunSpec(), model=ModelSpec(options={"deep": {"empty": {}, "a": 1}, "none": []}))
    text = to_toml(spec)
    assert text.startswith("# What one run of paramdyn computes.")
    assert spec == spec_from_mapping(tomllib.loads(text))


def test_empty_sections_are_left_out():
    assert "[seeds]" not in to_toml(RunSpec())
    assert "[model.options]" not in to_toml(RunSpec())
