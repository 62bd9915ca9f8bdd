"""What can be named in a spec: one table a kind, readable without importing torch.

Add a thing = one file with a function, and one line here. Users add theirs with a plug-in file:
``@catalogues.MODELS.register("my-net")``. The signature each kind must have is written above its
table; a contract test runs over every entry.
"""

from __future__ import annotations

from paramdyn.registry import Entry, Registry

# model(*, num_classes, in_channels, image_size, **options) -> torch.nn.Module
# (a factory is called with those of the three keywords that it accepts)
_TORCHVISION = "paramdyn.models.torchvision_models:classifier"
TORCHVISION_CLASSIFIERS = (
    "alexnet",
    "convnext_base",
    "convnext_large",
    "convnext_small",
    "convnext_tiny",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "efficientnet_b0",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "efficientnet_v2_l",
    "efficientnet_v2_m",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mnasnet0_75",
    "mnasnet1_0",
    "mnasnet1_3",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "regnet_x_16gf",
    "regnet_x_1_6gf",
    "regnet_x_32gf",
    "regnet_x_3_2gf",
    "regnet_x_400mf",
    "regnet_x_800mf",
    "regnet_x_8gf",
    "regnet_y_128gf",
    "regnet_y_16gf",
    "regnet_y_1_6gf",
    "regnet_y_32gf",
    "regnet_y_3_2gf",
    "regnet_y_400mf",
    "regnet_y_800mf",
    "regnet_y_8gf",
    "resnet101",
    "resnet152",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "shufflenet_v2_x1_5",
    "shufflenet_v2_x2_0",
    "squeezenet1_0",
    "squeezenet1_1",
    "swin_b",
    "swin_s",
    "swin_t",
    "swin_v2_b",
    "swin_v2_s",
    "swin_v2_t",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "vit_b_16",
    "vit_b_32",
    "vit_h_14",
    "vit_l_16",
    "vit_l_32",
    "wide_resnet101_2",
    "wide_resnet50_2",
)
MODELS = Registry(
    "model",
    "models",
    [
        Entry(
            "lenet", "paramdyn.models.lenet:lenet", "LeNet 6-16-120-84, 62,006 parameters at 32x32"
        ),
        *(
            Entry(name, _TORCHVISION, "torchvision's, with a head for the data set")
            for name in TORCHVISION_CLASSIFIERS
        ),
    ],
)

# dataset(request: paramdyn.datasets.DatasetRequest) -> paramdyn.datasets.ImageDataset
DATASETS = Registry(
    "data set",
    "datasets",
    [
        Entry(
            "digits", "paramdyn.datasets.digits:digits", "1,797 real 8x8 digits; no download", {}
        ),
        Entry("mnist", "paramdyn.datasets.mnist:mnist", "60,000 + 10,000 digits, 28x28", {}),
        Entry(
            "fashion-mnist",
            "paramdyn.datasets.mnist:fashion_mnist",
            "60,000 + 10,000 clothes, 28x28",
            {},
        ),
        Entry(
            "cifar10", "paramdyn.datasets.cifar10:cifar10", "50,000 + 10,000 photos, 32x32x3", {}
        ),
        Entry("folder", "paramdyn.datasets.folder:folder", "folder:PATH with train/ and test/", {}),
        Entry(
            "synthetic",
            "paramdyn.datasets.synthetic:synthetic",
            "seeded random images, separable by class",
            {"train": 2048, "test": 512, "classes": 10, "channels": 1, "native_size": 28},
        ),
    ],
)

# initializer(model, context: paramdyn.initializers.InitializerContext) -> None, in place
_INITIALIZERS = "paramdyn.initializers"
INITIALIZERS = Registry(
    "initializer",
    "initializers",
    [
        Entry("default", f"{_INITIALIZERS}:default", "what the model's own constructor draws", {}),
        *(
            Entry(name, f"{_INITIALIZERS}:{name.replace('-', '_')}", summary, {})
            for name, summary in (
                ("kaiming-uniform", "uniform, variance 2 / fan-in (He et al. 2015)"),
                ("kaiming-normal", "normal, variance 2 / fan-in (He et al. 2015)"),
                ("xavier-uniform", "uniform, variance 2 / (fan-in + fan-out) (Glorot 2010)"),
                ("xavier-normal", "normal, variance 2 / (fan-in + fan-out) (Glorot 2010)"),
                ("orthogonal", "orthonormal rows or columns (Saxe et al. 2014)"),
            )
        ),
        Entry("pretrained", f"{_INITIALIZERS}:pretrained", "torchvision's ImageNet weights", {}),
        Entry("weights", f"{_INITIALIZERS}:weights", "your own file: --weights FILE", {}),
        Entry("run", f"{_INITIALIZERS}:run", "run:RUN[@STEP], a snapshot of another run", {}),
    ],
)

# optimizer(parameters, *, learning_rate, weight_decay, **options) -> torch.optim.Optimizer
# An unknown name is looked up in torch.optim by the class name.
OPTIMIZERS = Registry(
    "optimizer",
    "optimizers",
    [
        Entry(
            "sgd",
            "paramdyn.optimizers:sgd",
            "stochastic gradient descent",
            {"momentum": 0.9, "dampening": 0.0, "nesterov": False},
        ),
        Entry(
            "adam",
            "paramdyn.optimizers:adam",
            "Adam; weight decay is added to the gradient",
            {"betas": [0.9, 0.999], "eps": 1e-8, "amsgrad": False},
        ),
        Entry(
            "adamw",
            "paramdyn.optimizers:adamw",
            "Adam with decoupled weight decay",
            {"betas": [0.9, 0.999], "eps": 1e-8, "amsgrad": False},
        ),
    ],
)
TORCH_OPTIMIZERS = ("Adadelta", "Adagrad", "Adamax", "ASGD", "NAdam", "RAdam", "RMSprop", "Rprop",
                    "Adafactor", "Muon")  # fmt: skip
REFUSED_OPTIMIZERS = {
    "LBFGS": "it evaluates the loss several times a step, and a step is one gradient here",
    "SparseAdam": "it needs sparse gradients, and image classifiers have dense ones",
}

# schedule(progress: paramdyn.schedules.Progress, **options) -> factor of the learning rate
SCHEDULES = Registry(
    "learning-rate schedule",
    "schedules",
    [
        Entry("constant", "paramdyn.specs.learning_rate:constant", "the same at every step", {}),
        Entry(
            "step",
            "paramdyn.specs.learning_rate:step",
            "times gamma every so many epochs",
            {"every_epochs": 5.0, "gamma": 0.1},
        ),
        Entry(
            "cosine",
            "paramdyn.specs.learning_rate:cosine",
            "half a cosine to a final share (Loshchilov & Hutter 2017)",
            {"final": 0.0},
        ),
    ],
)

# perturbation(values, *, generator, **options) -> None: one parameter tensor, in place
_PERTURBATIONS = "paramdyn.perturbations"
PERTURBATIONS = Registry(
    "perturbation",
    "perturbations",
    [
        Entry(
            "sign-flip",
            f"{_PERTURBATIONS}:sign_flip",
            "negate every value, or each with probability share",
            {"share": 1.0},
        ),
        Entry("distort", f"{_PERTURBATIONS}:distort", "add a constant", {"amount": 1e-6}),
        Entry(
            "noise",
            f"{_PERTURBATIONS}:noise",
            "add Gaussian noise, relative to each tensor's standard deviation",
            {"amount": 0.01},
        ),
        Entry("shuffle", f"{_PERTURBATIONS}:shuffle", "permute the values within each tensor", {}),
        Entry("rescale", f"{_PERTURBATIONS}:rescale", "multiply by a factor", {"amount": 2.0}),
        Entry("reinit", f"{_PERTURBATIONS}:reinit", "draw again, as the initializer does", {}),
        Entry(
            "ulp",
            f"{_PERTURBATIONS}:ulp",
            "move so many values of each tensor by one unit in the last place",
            {"amount": 1},
        ),
    ],
)
BUFFER_PERTURBATIONS = ("sign-flip", "distort")
"""Those that the original study applied to running statistics too, and that ``buffers=`` can."""

# measurement: a paramdyn.measurements.Measurement
_MEASUREMENTS = "paramdyn.measurements"
MEASUREMENTS = Registry(
    "measurement",
    "measurements",
    [
        Entry(name, f"{_MEASUREMENTS}.{name}:{name.upper()}", summary, {})
        for name, summary in (
            ("weight_norm", "L2 norm of the values"),
            ("displacement", "L2 distance from the start"),
            ("relative_displacement", "displacement / norm at the start"),
            ("update_norm", "L2 norm of the last step"),
            ("update_ratio", "norm of the last step / norm of the values"),
            ("path_length", "sum of the distances between records"),
            ("straightness", "displacement / path length"),
            ("direction_change", "1 - cosine between the start and now"),
            ("sign_changes", "share of the values whose sign differs from the start"),
            ("changed_share", "share of the values whose bits differ from the start"),
            ("gradient_norm", "L2 norm of the gradient"),
            ("classes", "how many values are frozen, structural, dead, absorbed, ..."),
            ("buffer_displacement", "L2 distance of running statistics from the start"),
        )
    ],
)

# question: ask(subjects, bench: paramdyn.analysis.bench.Bench) -> paramdyn.analysis.answer.Answer
_QUESTIONS = "paramdyn.analysis.questions"
QUESTIONS = Registry(
    "question",
    "questions",
    [
        Entry(name, f"{_QUESTIONS}.{name}:ask", summary, {})
        for name, summary in (
            ("changed", "what share of the parameters changes, and why the rest does not"),
            ("distance", "how far parameters move, how straight, and where to"),
            ("recovery", "whether a perturbed model comes back when it is trained again"),
            ("correlation", "whether features are correlated, within a model and between models"),
            ("convergence", "whether training has converged, when, and where to"),
            ("connectivity", "whether a straight line joins two models without a barrier"),
            ("reach", "which parameters can ever get a gradient, before any training"),
        )
    ],
)

REGISTRIES = (
    MODELS, DATASETS, INITIALIZERS, OPTIMIZERS, SCHEDULES, PERTURBATIONS, MEASUREMENTS, QUESTIONS,
)  # fmt: skip
