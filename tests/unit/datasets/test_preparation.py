"""Limits, validation, padding and statistics, on a data set made here."""

import logging

import pytest
import torch

from paramdyn import seeding
from paramdyn.catalogues import DATASETS
from paramdyn.datasets import ImageDataset, load_dataset
from paramdyn.datasets.prepare import channel_statistics
from paramdyn.errors import DatasetError, UnknownName
from paramdyn.specs.run_spec import DatasetSpec

COUNT = 50


@pytest.fixture
def prepare(monkeypatch, tmp_path):
    """Prepare a data set named ``own``; its image number i has the value i in all pixels."""
    monkeypatch.setattr(DATASETS, "_entries", dict(DATASETS._entries))
    monkeypatch.setattr(DATASETS, "_objects", dict(DATASETS._objects))
    made = {}

    def load(request):
        made["request"] = request
        labels = torch.arange(COUNT) % 5
        images = torch.arange(COUNT, dtype=torch.uint8).view(-1, 1, 1, 1).repeat(1, 1, 4, 4)
        parts = {
            "train_images": images,
            "train_labels": labels,
            "test_images": images[:20],
            "test_labels": labels[:20],
            "class_names": tuple("abcde"),
        }
        return made.get("instead", ImageDataset("own", **(parts | made.get("changes", {}))))

    DATASETS.register("own", options={"depth": 3})(load)

    def run(*, changes=None, split_seed=0, instead=None, **spec):
        made["changes"] = changes or {}
        if instead is not None:
            made["instead"] = instead
        spec = DatasetSpec(**({"name": "own", "image_size": 4} | spec))
        return load_dataset(spec, data_folder=tmp_path, split_seed=split_seed)

    run.made = made
    return run


def numbers(split):
    """Return which images a split holds."""
    return split.images[:, 0, 0, 0].tolist()


def test_all_images_by_default(prepare):
    data = prepare()
    assert list(range(COUNT)) == numbers(data.train)
    assert list(range(20)) == numbers(data.test)
    assert data.validation is None
    assert ((0, 0, 0), (1, 1, 1), 1) == (data.mean, data.deviation, data.channels)
    assert tuple("abcde") == data.class_names


def test_smaller_limits_are_subsets_of_larger_ones(prepare):
    small, large = (prepare(train_limit=n, test_limit=n // 2) for n in (10, 30))
    assert (10, 30, 5, 15) == (*map(len, (small.train, large.train, small.test, large.test)),)
    assert set(numbers(small.train)) < set(numbers(large.train))
    assert set(numbers(small.test)) < set(numbers(large.test))
    assert numbers(small.train) != list(range(10))


def test_the_images_within_a_limit_are_those_of_the_named_stream(prepare):
    data = prepare(train_limit=10, test_limit=7)
    for split, name, count, limit in ((data.train, "train", COUNT, 10), (data.test, "test", 20, 7)):
        order = torch.randperm(count, generator=seeding.generator(0, "limit", name))
        assert sorted(order[:limit].tolist()) == numbers(split)


def test_limits_do_not_depend_on_the_split_seed(prepare):
    assert numbers(prepare(train_limit=9).train) == numbers(
        prepare(train_limit=9, split_seed=5).train
    )


def test_labels_follow_their_images(prepare):
    data = prepare(train_limit=30, validation=7)
    for split in (data.train, data.validation):
        assert [number % 5 for number in numbers(split)] == split.labels.tolist()


def test_a_limit_above_the_count_uses_all_and_says_so(prepare, caplog):
    with caplog.at_level(logging.WARNING):
        assert COUNT == len(prepare(train_limit=COUNT + 1).train)
    assert "train_limit is 51, there are 50" in caplog.text


@pytest.mark.parametrize(("validation", "expected"), [(0.2, 10), (1, 1), (49, 49), (0.5, 25)])
def test_validation_images_are_taken_from_the_training_images(prepare, validation, expected):
    data = prepare(validation=validation)
    assert expected == len(data.validation)
    assert list(range(COUNT)) == sorted(numbers(data.train) + numbers(data.validation))
    assert list(range(20)) == numbers(data.test)


def test_validation_is_taken_after_the_limit(prepare):
    limited = numbers(prepare(train_limit=20).train)
    data = prepare(train_limit=20, validation=0.5)
    assert 10 == len(data.validation)
    assert limited == sorted(numbers(data.train) + numbers(data.validation))


def test_the_split_seed_decides_which(prepare):
    first, again, other = (
        numbers(prepare(validation=5, split_seed=s).validation) for s in (0, 0, 1)
    )
    assert first == again
    assert first != other


def test_the_validation_images_are_those_of_the_named_stream(prepare):
    order = torch.randperm(COUNT, generator=seeding.generator(4, "validation"))
    assert sorted(order[:6].tolist()) == numbers(prepare(validation=6, split_seed=4).validation)


@pytest.mark.parametrize("validation", [50, 51, 2.5, -1, 0.001, 0.999, float("nan"), float("inf")])
def test_impossible_validation_is_refused(prepare, validation):
    with pytest.raises(DatasetError, match="there are 50 training images"):
        prepare(validation=validation)


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [(4, (0, 0), (0, 0)), (5, (0, 1), (0, 1)), (7, (1, 2), (1, 2)), (8, (2, 2), (2, 2))],
)
def test_padding_is_centred_and_the_odd_pixel_goes_right_and_below(prepare, size, rows, columns):
    images = torch.full((COUNT, 3, 4, 4), 9, dtype=torch.uint8)
    images[:, :, 0, 0] = 1
    changes = {"train_images": images, "test_images": images[:20]}
    data = prepare(image_size=size, changes=changes)
    expected = torch.zeros(COUNT, 3, size, size, dtype=torch.uint8)
    expected[:, :, rows[0] : size - rows[1], columns[0] : size - columns[1]] = images
    assert torch.equal(expected, data.train.images)
    assert torch.equal(expected[:20], data.test.images)
    assert 3 == data.channels


def test_images_are_never_shrunk(prepare):
    with pytest.raises(DatasetError, match=r"are 4x4, image_size is 3. At least 4 was expected"):
        prepare(image_size=3)


def test_statistics_are_those_of_the_padded_training_images(prepare):
    data = prepare(normalization="dataset", image_size=6, validation=10)
    pixels = data.train.images.double() / 255
    assert data.mean == pytest.approx((pixels.mean().item(),) * 3, rel=1e-12)
    deviation = pixels.std(correction=0).item()
    assert data.deviation == pytest.approx((deviation,) * 3, rel=1e-12)


def test_statistics_of_colour_images_are_a_channel_each(torch_generator):
    images = torch.randint(0, 256, (5, 3, 4, 4), dtype=torch.uint8, generator=torch_generator)
    images[:, 1] //= 2
    mean, deviation = channel_statistics(images)
    pixels = images.double() / 255
    assert mean == pytest.approx(pixels.mean((0, 2, 3)).tolist(), rel=1e-12)
    assert deviation == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist(), rel=1e-12)


def test_a_constant_channel_is_only_centred():
    mean, deviation = channel_statistics(torch.full((2, 1, 3, 3), 51, dtype=torch.uint8))
    assert mean == pytest.approx((0.2, 0.2, 0.2))
    assert (1.0, 1.0, 1.0) == deviation


def test_options_reach_the_data_set_with_defaults(prepare):
    prepare()
    assert {"depth": 3} == prepare.made["request"].options
    prepare(options={"depth": 5}, name="own:some/path")
    request = prepare.made["request"]
    assert ("own", "some/path", {"depth": 5}) == (request.name, request.path, request.options)


def test_bad_names_and_options_are_refused(prepare):
    with pytest.raises(UnknownName, match=r"unknown data set 'onw'.*Did you mean 'own'"):
        prepare(name="onw")
    with pytest.raises(DatasetError, match=r"unknown option 'dept'. Did you mean 'depth'"):
        prepare(options={"dept": 1})
    with pytest.raises(DatasetError, match="'digits' takes no path"):
        prepare(name="digits:somewhere", image_size=8)
    with pytest.raises(DatasetError, match=r"unknown 'zscore'. 'none' or 'dataset' was expected"):
        prepare(normalization="zscore")
    with pytest.raises(DatasetError, match="train_limit is -1"):
        prepare(train_limit=-1)


LABELS = torch.arange(COUNT) % 5


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"train_images": torch.zeros(COUNT, 1, 4, 4)}, "torch.float32.*uint8"),
        ({"train_images": torch.zeros(COUNT, 2, 4, 4, dtype=torch.uint8)}, "1 or 3, height"),
        ({"train_labels": LABELS[:-1]}, r"shape \(49,\). int64 of shape \(50,\)"),
        ({"train_labels": LABELS.int()}, "torch.int32"),
        ({"train_labels": LABELS + 1}, "range from 1 to 5. 0 to 4 was expected"),
        ({"train_labels": LABELS - 1}, "range from -1 to 3"),
        ({"test_images": torch.zeros(20, 3, 4, 4, dtype=torch.uint8)}, "test images"),
        (
            {
                "test_images": torch.zeros(0, 1, 4, 4, dtype=torch.uint8),
                "test_labels": torch.zeros(0, dtype=torch.int64),
            },
            "no images",
        ),
    ],
)
def test_a_data_set_that_breaks_the_contract_is_explained(prepare, changes, message):
    with pytest.raises(DatasetError, match=message):
        prepare(changes=changes)


def test_a_data_set_must_be_one(prepare):
    with pytest.raises(DatasetError, match=r"returned list. An ImageDataset was expected"):
        prepare(instead=[1, 2])
