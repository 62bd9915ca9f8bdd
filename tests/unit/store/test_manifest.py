import dataclasses
import json
import math

import pytest

from paramdyn.errors import RunIncomplete, SchemaTooNew
from paramdyn.store.layout import Layout
from paramdyn.store.manifest import Manifest, ParameterInfo, read_manifest, write_manifest

WEIGHT = ParameterInfo("conv1.weight", (6, 3, 5, 5), 450, "conv1", "conv", True)
BUFFER = ParameterInfo("bn.num_batches_tracked", (), 1, "bn", "buffer", False)


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path)


@pytest.fixture
def manifest():
    return Manifest(
        id="lenet-digits",
        created="2026-01-02T03:04:05Z",
        paramdyn="0.1.0",
        versions={"torch": "2.13.0"},
        git=None,
        host="here",
        boot_id="boot",
        pid=7,
        process_start=1234567.25,
        device="cpu",
        device_name="a processor",
        threads=2,
        precision="fp32",
        kernel="blocked",
        parent={"run": "other", "step": 9},
        dataset={"name": "digits"},
        steps_per_epoch=12,
        total_steps=240,
        record_steps=200,
        parameters=(WEIGHT,),
        buffers=(BUFFER,),
        initial_sha256="abc",
        arm="continued",
        reach=[{"parameter": "fc.weight", "scalars": 3, "reason": "sees only padding"}],
        perturbations=[{"text": "rescale:0", "relative_norm": math.inf}],
        command=["paramdyn", "run"],
    )


def test_round_trip(layout, manifest):
    write_manifest(layout, manifest)
    assert read_manifest(layout) == manifest


def test_the_schema_version_comes_first(layout, manifest):
    write_manifest(layout, manifest)
    assert next(iter(json.loads(layout.manifest.read_text()))) == "schema_version"


def test_tables_may_be_lists(layout, manifest):
    write_manifest(layout, dataclasses.replace(manifest, parameters=[WEIGHT], buffers=[]))
    assert read_manifest(layout).parameters == (WEIGHT,)


def test_a_newer_schema_is_refused(layout, manifest):
    write_manifest(layout, dataclasses.replace(manifest, schema_version=99))
    with pytest.raises(SchemaTooNew, match="Install a newer paramdyn"):
        read_manifest(layout)


def test_missing_and_wrong_fields_are_all_named(layout, manifest):
    write_manifest(layout, manifest)
    data = json.loads(layout.manifest.read_text())
    del data["host"]
    data["threads"] = "two"
    layout.manifest.write_text(json.dumps(data))
    with pytest.raises(RunIncomplete, match=r"'host' is missing; 'threads' is 'two'"):
        read_manifest(layout)


@pytest.mark.parametrize("row", [1, {"name": "x"}, {"name": "x", "shape": 3}])
def test_a_wrong_row_is_refused(layout, manifest, row):
    write_manifest(layout, manifest)
    data = json.loads(layout.manifest.read_text())
    layout.manifest.write_text(json.dumps({**data, "parameters": [row]}))
    with pytest.raises(RunIncomplete, match=r"run\.json"):
        read_manifest(layout)
