import pytest
import torch

from paramdyn.errors import ShapeMismatch
from paramdyn.measurements.classes import (
    CAUSES,
    CLASS_NAMES,
    CLASSES,
    Partition,
    classify,
    partition,
)
from paramdyn.measurements.measurement import DecayInfo


def flags(*values):
    return torch.tensor(values, dtype=torch.bool)


def inputs(now, **given):
    none = torch.zeros_like(now, dtype=torch.bool)
    return {
        "ever_gradient": none,
        "ever_changed": none,
        "structural": None,
        "trainable": True,
        "decay": None,
        **given,
    }


def only(now, start, **given):
    """The one class of a single scalar."""
    now, start = torch.tensor([now]), torch.tensor([start])
    counts, _ = classify(now, start, **inputs(now, **given))
    return [name for name, n in counts.items() if n]


YES, NO = flags(True), flags(False)
UNMOVED = [
    ("frozen", {"trainable": False}),
    ("structural", {"structural": YES}),
    ("structural", {"structural": YES, "ever_changed": YES}),
    ("structural", {"structural": YES, "ever_gradient": YES}),  # 0 x inf is NaN, not 0
    ("dead", {}),
    ("dead", {"structural": NO}),
    ("absorbed", {"ever_gradient": YES}),
    ("returned", {"ever_changed": YES}),
    ("returned", {"ever_changed": YES, "ever_gradient": YES}),
]


@pytest.mark.parametrize(("expected", "given"), UNMOVED)
def test_the_class_of_a_scalar_whose_bits_are_its_first(expected, given):
    assert only(1.5, 1.5, **given) == [expected]


CLOSED_FORM, UNKNOWN, ALONE = DecayInfo(0.99), DecayInfo(None), DecayInfo(None, alone=True)
MOVED = [
    ("changed", 0.99, {"decay": None}),
    ("changed", 0.99, {"decay": CLOSED_FORM, "ever_gradient": YES}),
    ("decay-only", 0.99, {"decay": CLOSED_FORM}),
    ("decay-only", 0.99, {"decay": CLOSED_FORM, "ever_changed": YES}),
    ("decay-only", 0.99, {"decay": CLOSED_FORM, "structural": YES}),
    ("decay-only", 0.99, {"decay": CLOSED_FORM, "structural": YES, "ever_gradient": YES}),
    ("decay-only", 0.99 * (1 + 0.9e-5), {"decay": CLOSED_FORM}),
    ("changed", 0.99 * (1 + 1.2e-5), {"decay": CLOSED_FORM}),
    ("changed", 0.9902, {"decay": CLOSED_FORM}),
    ("changed", 0.9902, {"decay": CLOSED_FORM, "structural": YES}),
    ("decay-only", 0.9902, {"decay": DecayInfo(0.99, steps=2000)}),
    ("decay-only", 0.5, {"decay": UNKNOWN, "structural": YES}),
    ("changed", 0.5, {"decay": UNKNOWN}),
    ("decay-only", 0.5, {"decay": ALONE}),
    ("decay-only", 0.5, {"decay": ALONE, "structural": YES}),
    ("changed", 0.5, {"decay": ALONE, "ever_gradient": YES}),
    ("changed", float("nan"), {"decay": CLOSED_FORM}),
]


@pytest.mark.parametrize(("expected", "now", "given"), MOVED)
def test_the_class_of_a_scalar_that_is_elsewhere(expected, now, given):
    assert only(now, 1.0, **given) == [expected]


@pytest.mark.parametrize("structural", [None, NO])
def test_a_zero_without_gradients_is_dead_although_decay_would_leave_it_zero(structural):
    assert only(0.0, 0.0, decay=CLOSED_FORM, structural=structural) == ["dead"]


def test_decay_only_scalars_are_split_by_what_kept_the_gradient_away():
    start = torch.ones(5)
    now = torch.tensor([0.99, 0.99, 0.99, 0.99, 1.0])
    structural = flags(True, False, False, False, True)
    seen = flags(False, False, False, True, False)
    given = inputs(now, structural=structural, ever_gradient=seen, decay=CLOSED_FORM)
    counts, causes = classify(now, start, **given)
    assert causes == {"structural": 1, "dead": 2}
    assert counts["decay-only"] == 3
    assert counts["changed"] == 1
    assert counts["structural"] == 1


def test_one_tensor_can_hold_every_class_but_frozen():
    start = torch.ones(6)
    now = torch.tensor([1.0, 1.0, 1.0, 1.0, 0.99, 2.0])
    counts, _ = classify(
        now,
        start,
        ever_gradient=flags(False, False, True, True, False, True),
        ever_changed=flags(False, False, False, True, True, True),
        structural=flags(True, False, False, False, False, False),
        trainable=True,
        decay=CLOSED_FORM,
    )
    assert counts == {name: int(name != "frozen") for name in CLASS_NAMES}


def test_memory_order_and_blocks_do_not_matter():
    generator = torch.Generator().manual_seed(0)
    shape = (40, 30, 9, 9)  # more than one block

    def random_flags():
        return torch.rand(shape, generator=generator) < 0.5

    start = torch.randn(shape, generator=generator)
    now = torch.where(random_flags(), start * 0.99, start)
    given = inputs(
        now,
        ever_gradient=random_flags(),
        ever_changed=random_flags(),
        structural=(torch.rand(9, 9, generator=generator) < 0.5).expand(shape),
        decay=CLOSED_FORM,
    )
    contiguous = classify(now, start, **given)
    channels_last = classify(
        now.to(memory_format=torch.channels_last),
        start.to(memory_format=torch.channels_last),
        **given,
    )
    assert contiguous == channels_last
    assert sum(contiguous[0].values()) == now.numel()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_types_are_compared_by_bits_too(dtype):
    start = torch.tensor([0.0, 1.0], dtype=dtype)
    now = torch.tensor([-0.0, 1.0], dtype=dtype)
    counts, _ = classify(now, start, **inputs(now))
    assert (counts["changed"], counts["dead"]) == (1, 1)


def test_an_empty_parameter_and_a_scalar_one():
    empty = torch.empty(0, 3)
    assert sum(classify(empty, empty, **inputs(empty))[0].values()) == 0
    scalar = torch.tensor(2.0)
    assert classify(scalar, scalar, **inputs(scalar))[0]["dead"] == 1


@pytest.mark.parametrize("wrong", ["ever_gradient", "ever_changed", "structural"])
def test_a_mask_of_another_shape_is_refused(wrong):
    now = torch.ones(4)
    with pytest.raises(ShapeMismatch, match=r"\(4,\) and \(2, 2\)"):
        classify(now, now, **inputs(now, **{wrong: torch.ones(2, 2).bool()}))


def test_the_measurement_lists_counts_per_class(context_of):
    now, start = [torch.ones(2), torch.tensor([2.0])], [torch.ones(2), torch.ones(1)]
    given = [inputs(now[0]), inputs(now[1], ever_gradient=YES)]
    (measured,) = CLASSES.compute(context_of(now, start, inputs=given))
    assert list(measured.values) == list(CLASS_NAMES)
    assert measured.values["dead"] == [2, 0]
    assert measured.values["changed"] == [0, 1]
    assert measured.total == {name: {"dead": 2, "changed": 1}.get(name, 0) for name in CLASS_NAMES}


def test_percentages_sum_to_100(context_of):
    now = [torch.ones(3), torch.ones(4)]
    given = [inputs(now[0], trainable=False), inputs(now[1], ever_gradient=flags(1, 0, 0, 0))]
    found = partition(context_of(now, now, inputs=given))
    assert found.scalars == 7
    assert found.percentages()["frozen"] == pytest.approx(300 / 7)
    assert sum(found.percentages().values()) == pytest.approx(100)


def test_a_model_without_parameters_has_no_percentages():
    empty = Partition({name: [] for name in CLASS_NAMES}, {"structural": [], "dead": []})
    assert set(empty.percentages().values()) == {None}


def test_every_class_says_its_cause():
    assert list(CAUSES) == [
        "frozen",
        "structural",
        "dead",
        "absorbed",
        "returned",
        "decay-only",
        "changed",
    ]
    assert all(CAUSES.values())
