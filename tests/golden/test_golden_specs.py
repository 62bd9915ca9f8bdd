"""Ids, defaults and messages that users see must not change by accident.

``pytest tests/golden --update-golden`` writes the files again. Read the difference: a changed run
id means that every run made so far gets another name.
"""

from __future__ import annotations

import json

import pytest

from paramdyn.errors import SpecError
from paramdyn.specs.reader import spec_from_mapping
from paramdyn.specs.run_id import run_id
from paramdyn.specs.run_spec import RunSpec
from paramdyn.specs.validation import validate
from paramdyn.specs.writer import to_toml

STUDY = {
    "model": {"name": "vgg19"},
    "dataset": {"name": "fashion-mnist"},
    "initializer": {"name": "kaiming-normal"},
    "optimizer": {"name": "adam", "options": {"eps": 0.1}},
    "perturbations": ["sign-flip", "distort:1e-6,norms=false"],
}
SPECS = {
    "defaults": {},
    "example of the design": {"initializer": {"name": "kaiming-uniform"}},
    "study": STUDY,
    "seed": {"seed": 41},
    "separate seeds": {"seeds": {"order": 1, "initialization": 2}},
    "other device and threads": {"training": {"device": "cpu", "threads": 2}},
    "continued run": {"initializer": {"name": "run:lenet-digits-default-sgd-s0-44136fa3@final"}},
    "folder": {"dataset": {"name": "folder:/data/cats and dogs", "normalization": "dataset"}},
    "own factory": {"model": {"name": "my_pkg.nets:Net", "options": {"depth": 3}}},
    "torch optimizer": {"optimizer": {"name": "rmsprop", "options": {"alpha": 0.9}}},
    "cosine": {"schedule": {"name": "cosine", "warmup_epochs": 1}},
    "recording": {"recording": {"when": "log:50", "what": ["classes"], "snapshots": []}},
    "limits": {"dataset": {"train_limit": 2000, "validation": 0.1}, "training": {"epochs": 2}},
    "plug-in": {"plugins": ["/somewhere/mine.py"]},
}
MANY_PROBLEMS = {
    "schema_version": 0,
    "seed": -1,
    "epochs": 3,
    "plugin": "mine.py",
    "model": {"name": "lenett", "depth": 3},
    "dataset": {
        "name": "folder",
        "image_size": "big",
        "validation": 1.5,
        "normalization": "imagenet",
        "augmentation": ["flip", "rotate"],
    },
    "initializer": {"name": "run:", "weights": "w.pt"},
    "perturbations": ["distort:nan", "sign-flip:1", {"name": "shufle", "layers": ""}, "noise,x"],
    "optimizer": {
        "name": "adam",
        "learning_rate": "fast",
        "options": {"momentum": 0.9, "betas": [0.9, 1.0], "amsgrad": "no"},
    },
    "schedule": {"name": "cosin", "warmup_epochs": -1},
    "training": {
        "epochs": 0,
        "batch_size": 12.5,
        "max_steps": -5,
        "precision": "bf16-weights",
        "device": "gpu",
    },
    "seeds": {"order": "first"},
    "recording": {
        "when": "evry:5",
        "what": ["drift", "classes", "classes"],
        "snapshots": ["best", "all"],
    },
}


def test_run_ids(golden):
    ids = {name: run_id(spec_from_mapping(data)) for name, data in SPECS.items()}
    golden("files/run_ids.json", json.dumps(ids, indent=2) + "\n")


def test_all_defaults(golden):
    golden("files/defaults.toml", to_toml(validate(RunSpec())))


def test_a_full_spec(golden):
    golden("files/study.toml", to_toml(validate(spec_from_mapping(STUDY))))


def test_messages_of_a_spec_with_many_problems(golden):
    with pytest.raises(SpecError) as caught:
        spec_from_mapping(MANY_PROBLEMS, where="study.toml")
    golden("files/many_problems.txt", f"{caught.value}\n")
