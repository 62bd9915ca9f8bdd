import numpy as np
import pytest

from paramdyn_tui.plotting.layers import Row, combine, group_rows, shorten


def labels(rows):
    return [row.label for row in rows]


RESNET = {
    f"{layer}.{part}": 10
    for layer in (
        "conv1",
        "layer1.0.conv1",
        "layer1.0.bn1",
        "layer1.1.conv1",
        "layer2.0.conv1",
        "fc",
    )
    for part in ("weight", "bias")
}


@pytest.mark.parametrize(
    ("most", "expected"),
    [
        (12, 12),
        (11, ["conv1", "layer1.0.conv1", "layer1.0.bn1", "layer1.1.conv1", "layer2.0.conv1", "fc"]),
        (5, ["conv1", "layer1.0", "layer1.1", "layer2.0", "fc"]),
        (4, ["conv1", "layer1", "layer2", "fc"]),
    ],
)
def test_rows_are_as_fine_as_fits(parameters, most, expected):
    rows = group_rows(parameters(RESNET), most)
    assert expected == (len(rows) if isinstance(expected, int) else labels(rows))


@pytest.mark.parametrize("most", range(1, 14))
@pytest.mark.parametrize(
    "names", [RESNET, {f"features.{i}.weight": 3 for i in range(40)}, {"w": 1}]
)
def test_every_parameter_is_in_one_row_in_order(parameters, names, most):
    rows = group_rows(parameters(names), most)
    assert len(rows) <= most
    assert list(range(len(names))) == [index for row in rows for index in row.members]


def test_neighbours_are_merged_where_groups_would_be_too_coarse(parameters):
    names = {f"features.{i}.weight": 3 for i in range(16)} | {"classifier.0.weight": 3}
    rows = group_rows(parameters(names), 5)
    assert 5 == len(rows)
    assert "features.0…2" == rows[0].label


def test_parameters_of_the_model_itself_keep_their_names(parameters):
    assert ["scale", "fc.weight"] == labels(group_rows(parameters({"scale": 1, "fc.weight": 2}), 2))


def of_two(measurement, values, defined=None, weights=(1.0, 1.0)):
    values = np.array(values)[:, None]
    known = np.ones_like(values, bool) if defined is None else np.array(defined)[:, None]
    combined, exists = combine(measurement, [Row("a", (0, 1))], values, known, np.array(weights))
    return float(combined[0, 0]), bool(exists[0, 0])


def test_norms_combine_as_the_norm_of_both():
    assert (5.0, True) == of_two("displacement", [3.0, 4.0])


def test_relative_displacement_of_a_layer_is_exact():
    """|(3, 4)| / |(6, 5)| from the two ratios and the two norms at the start."""
    value, _ = of_two("relative_displacement", [3 / 6, 4 / 5], weights=(6.0, 5.0))
    assert value == pytest.approx(5.0 / (36 + 25) ** 0.5)


def test_shares_combine_by_size():
    assert (0.25, True) == of_two("changed_share", [0.0, 1.0], weights=(30.0, 10.0))


def test_undefined_members_are_left_out():
    assert (0.5, True) == of_two("relative_displacement", [0.5, np.nan], defined=[True, False])
    assert False is of_two("displacement", [np.nan, np.nan], defined=[False, False])[1]


def test_members_without_weight_are_averaged():
    assert (0.5, True) == of_two("changed_share", [0.0, 1.0], weights=(0.0, 0.0))


@pytest.mark.parametrize("odd", [np.nan, np.inf])
@pytest.mark.parametrize("measurement", ["displacement", "relative_displacement", "changed_share"])
def test_one_member_that_is_not_finite_shows(measurement, odd):
    value, exists = of_two(measurement, [1.0, odd])
    assert exists
    assert not np.isfinite(value)


@pytest.mark.parametrize("width", range(1, 32))
def test_shortened_names_fit(width):
    name = "layer3.0.downsample.0.weight"
    assert min(width, len(name)) == len(shorten(name, width))


def test_shortened_names_keep_both_ends():
    assert "layer3….0.weight" == shorten("layer3.0.downsample.0.weight", 16)
