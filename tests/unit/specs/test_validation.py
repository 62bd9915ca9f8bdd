from __future__ import annotations

import math
from dataclasses import replace

import pytest

from paramdyn.errors import SpecError
from paramdyn.specs.reader import with_overrides
from paramdyn.specs.run_spec import (
    DatasetSpec,
    InitializerSpec,
    ModelSpec,
    OptimizerSpec,
    PerturbationSpec,
    RecordingSpec,
    RunSpec,
    ScheduleSpec,
    SeedSpec,
    TrainingSpec,
)
from paramdyn.specs.validation import problems, validate


def perturbed(**fields):
    return RunSpec(perturbations=(PerturbationSpec(**fields),))


def optimized(name="sgd", **options):
    return RunSpec(optimizer=OptimizerSpec(name=name, options=options))


def test_the_default_spec_is_sound_and_gets_its_options():
    assert [] == problems(RunSpec())
    spec = validate(RunSpec())
    assert {"momentum": 0.9, "dampening": 0.0, "nesterov": False} == spec.optimizer.options
    assert spec == validate(spec)


def test_given_options_stay_and_become_floats_where_the_default_is_one():
    spec = validate(optimized(momentum=0))
    assert [("momentum", 0.0), ("dampening", 0.0), ("nesterov", False)] == list(
        spec.optimizer.options.items()
    )
    assert isinstance(spec.optimizer.options["momentum"], float)
    assert [0.5, 0.0] == validate(optimized("adam", betas=(0.5, 0))).optimizer.options["betas"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sgd", "sgd"),
        ("SGD", "sgd"),
        ("AdamW", "adamw"),
        ("rmsprop", "RMSprop"),
        ("RMSprop", "RMSprop"),
        ("nadam", "NAdam"),
    ],
)
def test_optimizers_are_spelled_as_the_catalogue_does(name, expected):
    assert expected == validate(optimized(name)).optimizer.name


SOUND = [
    RunSpec(model=ModelSpec(name="my_pkg.nets:Net.small", options={"depth": 3})),
    RunSpec(model=ModelSpec(name="resnet18", options={"anything": 1})),
    RunSpec(dataset=DatasetSpec(name="folder:/some/where:else")),
    RunSpec(dataset=DatasetSpec(name="synthetic", options={"classes": 3, "channels": 3})),
    RunSpec(dataset=DatasetSpec(augmentation=("flip", "crop:2"))),
    RunSpec(dataset=DatasetSpec(validation=10, train_limit=11)),
    RunSpec(dataset=DatasetSpec(validation=0.1), recording=RecordingSpec(snapshots=("best",))),
    RunSpec(initializer=InitializerSpec(name="run:lenet-1@468")),
    RunSpec(initializer=InitializerSpec(name="run:../runs/lenet-1@final")),
    RunSpec(initializer=InitializerSpec(name="run:lenet-1")),
    RunSpec(initializer=InitializerSpec(name="weights", weights="w.pt")),
    RunSpec(initializer=InitializerSpec(name="pretrained", weights="w.pt")),
    RunSpec(model=ModelSpec(name="vgg19"), initializer=InitializerSpec(name="pretrained")),
    RunSpec(optimizer=OptimizerSpec(learning_rate=0.0)),
    optimized(nesterov=True),
    optimized("rmsprop", alpha=0.9),
    RunSpec(schedule=ScheduleSpec(name="step", warmup_epochs=0.5, options={"gamma": 1})),
    RunSpec(training=TrainingSpec(device="cuda:1", precision="tf32")),
    RunSpec(recording=RecordingSpec(what=("straightness",), snapshots=("init", "every:5"))),
    RunSpec(recording=RecordingSpec(what=(), snapshots=())),
    RunSpec(seed=2**63 - 1),
    perturbed(name="rescale", layers="conv*|*.bias", options={"amount": -2}),
]


@pytest.mark.parametrize("spec", SOUND, ids=str)
def test_sound_specs(spec):
    assert [] == problems(spec)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            RunSpec(model=ModelSpec(name="lenett")),
            "model.name: unknown model 'lenett'. Did you mean 'lenet'",
        ),
        (RunSpec(model=ModelSpec(name="a b:c")), "model.name: found 'a b:c', expected 'package."),
        (RunSpec(model=ModelSpec(name=":c")), "model.name: found ':c', expected 'package."),
        (
            RunSpec(model=ModelSpec(options={"not one": 1})),
            "model.options.not one: an option's name must be a Python identifier",
        ),
        (RunSpec(dataset=DatasetSpec(name="mnits")), "unknown data set 'mnits'. Did you mean"),
        (RunSpec(dataset=DatasetSpec(name="folder")), "dataset.name: 'folder' needs a path"),
        (RunSpec(dataset=DatasetSpec(name="folder: ")), "dataset.name: 'folder' needs a path"),
        (RunSpec(dataset=DatasetSpec(name="mnist:x")), "'mnist' takes nothing after a colon"),
        (RunSpec(dataset=DatasetSpec(options={"a": 1})), "'digits' takes no 'a'. It has no opt"),
        (
            RunSpec(dataset=DatasetSpec(name="synthetic", options={"channels": 2})),
            "dataset.options.channels: found 2, expected 1 or 3",
        ),
        (
            RunSpec(dataset=DatasetSpec(name="synthetic", options={"clases": 2})),
            "'synthetic' takes no 'clases'. Did you mean 'classes' or",
        ),
        (RunSpec(dataset=DatasetSpec(image_size=0)), "dataset.image_size: found 0, expected a w"),
        (RunSpec(dataset=DatasetSpec(validation=1.5)), "found 1.5, expected a share below 1"),
        (RunSpec(dataset=DatasetSpec(validation=math.inf)), "dataset.validation: found inf"),
        (
            RunSpec(dataset=DatasetSpec(validation=10, train_limit=10)),
            "dataset.validation: 10 images are set aside, but dataset.train_limit is 10",
        ),
        (RunSpec(dataset=DatasetSpec(normalization="datset")), "Did you mean 'dataset'?"),
        (RunSpec(dataset=DatasetSpec(augmentation=("flop",))), "augmentation[0]: found 'flop', e"),
        (RunSpec(dataset=DatasetSpec(augmentation=("crop:0",))), "a whole number of at least 1"),
        (RunSpec(dataset=DatasetSpec(augmentation=("crop:32",))), "expected a shift below"),
        (
            RunSpec(dataset=DatasetSpec(augmentation=("crop", "crop:2"))),
            "dataset.augmentation[1]: 'crop' is listed twice",
        ),
        (RunSpec(initializer=InitializerSpec(name="kaiming")), "unknown initializer 'kaiming'"),
        (RunSpec(initializer=InitializerSpec(name="run")), "'run' needs a run"),
        (RunSpec(initializer=InitializerSpec(name="run:@3")), "'run' needs a run"),
        (RunSpec(initializer=InitializerSpec(name="run:a@last")), "found step 'last', expected a"),
        (RunSpec(initializer=InitializerSpec(name="default:1")), "takes nothing after a colon"),
        (RunSpec(initializer=InitializerSpec(name="weights")), "'weights' needs a file"),
        (
            RunSpec(initializer=InitializerSpec(weights="w.pt")),
            "initializer.weights: a file is given, but the initializer is 'default'",
        ),
        (
            RunSpec(initializer=InitializerSpec(name="pretrained")),
            "initializer.name: torchvision has no pretrained weights for 'lenet'",
        ),
        (perturbed(name="sign-flap"), "perturbations[0].name: unknown perturbation 'sign-flap'. D"),
        (perturbed(layers=""), "perturbations[0].layers: found '', which has an empty pattern"),
        (perturbed(layers="a||b"), "perturbations[0].layers: found 'a||b', which has an empty"),
        (perturbed(options={"amount": 1}), "'sign-flip' takes no 'amount'. Its options: share."),
        (
            perturbed(name="noise", options={"amount": math.nan}),
            "perturbations[0].options.amount: found nan, expected a finite number",
        ),
        (
            perturbed(name="noise", options={"amount": "much"}),
            "perturbations[0].options.amount: found 'much', expected a finite number",
        ),
        (optimized("sdg"), "optimizer.name: unknown optimizer 'sdg'. Did you mean 'sgd'"),
        (optimized("RMSpro"), "Did you mean 'RMSprop'"),
        (optimized("lbfgs"), "optimizer.name: 'LBFGS' cannot be used: it evaluates the loss"),
        (optimized("SparseAdam"), "optimizer.name: 'SparseAdam' cannot be used: it needs sparse"),
        (
            optimized("adam", momentum=0.9),
            "optimizer.options.momentum: 'adam' takes no 'momentum'. Its options: betas, eps, ams",
        ),
        (optimized("Adagrad", lr=1), "optimizer.options.lr: write it as 'optimizer.learning_rate'"),
        (optimized(momentum="high"), "momentum: found 'high', expected a finite number"),
        (optimized(momentum=-0.1), "momentum: found -0.1, expected at least 0"),
        (optimized(nesterov=1), "nesterov: found 1, expected true or false"),
        (optimized(nesterov=True, momentum=0), "nesterov: Nesterov's step needs a momentum above"),
        (optimized(nesterov=True, dampening=0.1), "dampening: Nesterov's step needs a dampening"),
        (optimized("adam", betas=[0.9, 1.0]), "betas: found [0.9, 1.0], expected two numbers"),
        (optimized("adam", betas=[0.9]), "betas: found [0.9], expected two numbers"),
        (optimized("adam", betas=0.9), "betas: found 0.9, expected a list such as [0.9, 0.999]"),
        (optimized("adam", betas=["a", "b"]), "betas: found ['a', 'b'], expected a list such as"),
        (optimized("adam", eps=math.inf), "eps: found inf, expected a finite number"),
        (RunSpec(optimizer=OptimizerSpec(learning_rate=-1.0)), "learning_rate: found -1.0, expec"),
        (RunSpec(optimizer=OptimizerSpec(learning_rate=math.nan)), "expected a finite number of"),
        (RunSpec(optimizer=OptimizerSpec(weight_decay=math.inf)), "weight_decay: found inf"),
        (RunSpec(schedule=ScheduleSpec(name="linear")), "unknown learning-rate schedule 'linear'"),
        (RunSpec(schedule=ScheduleSpec(warmup_epochs=-1.0)), "schedule.warmup_epochs: found -1.0"),
        (
            RunSpec(schedule=ScheduleSpec(name="step", options={"every_epochs": 0})),
            "schedule.options.every_epochs: found 0, expected above 0",
        ),
        (RunSpec(training=TrainingSpec(epochs=0)), "training.epochs: found 0"),
        (RunSpec(training=TrainingSpec(batch_size=0)), "training.batch_size: found 0"),
        (RunSpec(training=TrainingSpec(max_steps=-1)), "training.max_steps: found -1"),
        (RunSpec(training=TrainingSpec(precision="bf16-weights")), "55 % of them look unchanged"),
        (RunSpec(training=TrainingSpec(precision="bf16_weights")), "Use 'bf16', which computes"),
        (RunSpec(training=TrainingSpec(precision="fp16")), "'fp16' is refused: fp16 overflows"),
        (RunSpec(training=TrainingSpec(precision="fp64")), "found 'fp64', expected one of 'fp32'"),
        (
            RunSpec(training=TrainingSpec(precision="tf32", device="cpu")),
            "training.precision: 'tf32' exists on CUDA only",
        ),
        (RunSpec(training=TrainingSpec(device="gpu")), "training.device: found 'gpu', expected"),
        (RunSpec(training=TrainingSpec(device="cuda:")), "training.device: found 'cuda:', expec"),
        (RunSpec(seeds=SeedSpec(order=-1)), "seeds.order: found -1, expected a whole number from"),
        (RunSpec(seed=-1), "seed: found -1, expected a whole number from 0 to 2^63 - 1"),
        (RunSpec(recording=RecordingSpec(when="often")), "recording.when: found 'often', expected"),
        (RunSpec(recording=RecordingSpec(what=("drift",))), "what[0]: unknown measurement 'drift'"),
        (
            RunSpec(recording=RecordingSpec(what=("classes", "classes"))),
            "recording.what[1]: 'classes' is listed twice",
        ),
        (
            RunSpec(recording=RecordingSpec(snapshots=("best",))),
            "recording.snapshots[0]: 'best' needs images to choose with",
        ),
        (RunSpec(recording=RecordingSpec(snapshots=("every:0",))), "a whole number of at least 1"),
        (RunSpec(recording=RecordingSpec(snapshots=("none",))), "For none at all: snapshots = []"),
        (RunSpec(plugins=("a/p.py", "b/p.py")), "plugins[1]: two plug-ins are called 'p.py'"),
        (RunSpec(schema_version=0), "schema_version: found 0, expected a version from 1 to 1"),
        (RunSpec(plugins=("",)), "plugins[0]: found '', expected a Python file"),
        (RunSpec(training=TrainingSpec(epochs="20")), "training.epochs: found '20', expected a w"),
        (RunSpec(model=ModelSpec(options={"f": object()})), "model.options.f: found object, exp"),
    ],
)
def test_each_problem_is_found_alone(spec, message):
    (problem,) = problems(spec)
    assert message in problem


def test_all_problems_come_at_once_in_the_order_of_the_spec():
    spec = RunSpec(
        recording=RecordingSpec(when="often"),
        optimizer=OptimizerSpec(name="sdg", learning_rate=-1.0),
        model=ModelSpec(name="lenett"),
        seed=-1,
    )
    keys = [problem.split(":")[0] for problem in problems(spec)]
    assert [
        "seed",
        "model.name",
        "optimizer.learning_rate",
        "optimizer.name",
        "recording.when",
    ] == keys
    with pytest.raises(SpecError) as caught:
        validate(spec, where="study.toml")
    assert [f"study.toml: {problem}" for problem in problems(spec)] == caught.value.problems


def test_registered_names_are_known(restored_catalogues):
    @restored_catalogues.DATASETS.register("mine", options={"count": 3})
    def mine(request):
        return request

    spec = with_overrides(RunSpec(), {"dataset.name": "mine:anything"})
    assert {"count": 3} == validate(spec).dataset.options
    wrong = replace(spec, dataset=replace(spec.dataset, options={"count": 0.5}))
    assert ["dataset.options.count: found 0.5, expected a whole number."] == problems(wrong)
