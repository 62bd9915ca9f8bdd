"""One flat buffer behind a model's parameters."""

import copy

import pytest
import torch
from torch import nn

from paramdyn.errors import BadRequest
from paramdyn.parameters import (
    ALIGNMENT,
    FlatParameters,
    buffer_table,
    parameter_table,
    shard_scalars,
)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.norm = nn.BatchNorm2d(8)
        self.free = nn.Parameter(torch.randn(2, 3, 4))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = self.norm(self.conv(x)).mean((2, 3))
        return self.head(x) + self.free.sum()


@pytest.fixture
def net():
    torch.manual_seed(0)
    return Net()


def test_table_names_kinds_and_counts(net):
    found = {(info.name, info.kind, info.count) for info in parameter_table(net)}
    assert found == {
        ("conv.weight", "conv", 216),
        ("conv.bias", "bias", 8),
        ("norm.weight", "norm", 8),
        ("norm.bias", "norm", 8),
        ("free", "other", 24),
        ("head.weight", "linear", 40),
        ("head.bias", "bias", 5),
    }
    assert [info.name for info in buffer_table(net)] == [
        "norm.running_mean",
        "norm.running_var",
        "norm.num_batches_tracked",
    ]


def test_shared_parameters_appear_once(net):
    net.tied = net.head
    assert sum(info.count for info in parameter_table(net)) == sum(
        p.numel() for p in net.parameters()
    )


def test_values_and_outputs_stay_the_same_bits(net):
    before = copy.deepcopy(net.state_dict())
    images = torch.randn(4, 3, 6, 6).contiguous(memory_format=torch.channels_last)
    expected = net.eval()(images)
    FlatParameters(net)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert torch.equal(expected, net(images))


def test_parameters_are_views_with_zero_padding(net):
    flat = FlatParameters(net)
    flat.values.mul_(2)
    assert flat.values.numel() == len(flat.table) * ALIGNMENT
    assert all(p.untyped_storage().data_ptr() == flat.values.data_ptr() for p in net.parameters())
    used = torch.zeros_like(flat.values, dtype=torch.bool)
    for start, info in zip(flat.starts, flat.table, strict=True):
        used[start : start + info.count] = True
    assert torch.count_nonzero(flat.values[~used]) == 0


def test_memory_order_of_a_gradient_matches_the_segment(net):
    flat = FlatParameters(net)
    for index, parameter in enumerate(flat.parameters):
        for tensor in (parameter.detach().clone(), parameter.detach().contiguous()):
            ordered = flat.in_memory_order(index, tensor)
            assert torch.equal(flat.segment(flat.values, index), ordered)


@pytest.mark.parametrize("scalars", [1024, 2048, 1 << 20])
def test_shards_cover_every_trainable_scalar_once(net, scalars):
    net.norm.weight.requires_grad_(False)
    net.big = nn.Linear(100, 70)
    flat = FlatParameters(net)
    seen = torch.zeros(flat.values.numel(), dtype=torch.int64)
    for shard in flat.shards(split=True, scalars=scalars):
        assert shard.stop - shard.start <= scalars
        assert shard.start % 8 == 0
        assert len({piece.parameter for piece in shard.pieces}) == len(shard.pieces)
        for piece in shard.pieces:
            assert shard.start <= piece.start < piece.stop <= shard.stop
            assert piece.start - flat.starts[piece.parameter] == piece.first
            seen[piece.start : piece.stop] += 1
    for start, info in zip(flat.starts, flat.table, strict=True):
        assert (seen[start : start + info.count] == (1 if info.trainable else 0)).all()


def test_unsplit_shards_hold_whole_parameters(net):
    flat = FlatParameters(net)
    pieces = [piece for shard in flat.shards(split=False, scalars=1024) for piece in shard.pieces]
    assert [flat.table[p.parameter].count for p in pieces] == [p.stop - p.start for p in pieces]


def test_half_precision_parameters_are_refused_with_the_reason(net):
    with pytest.raises(BadRequest, match=r"conv\.weight \(torch\.bfloat16\).*small updates"):
        FlatParameters(net.to(torch.bfloat16))


def test_state_hash_sees_values_buffers_and_names(net):
    first = FlatParameters(net).state_hash()
    assert first == FlatParameters(copy.deepcopy(net)).state_hash()
    net.norm.running_mean[0] = 1e-7
    assert first != FlatParameters(net).state_hash()


def test_the_same_values_under_other_names_or_in_another_shape_hash_differently():
    def hash_of(**tensors):
        model = nn.Module()
        for name, tensor in tensors.items():
            model.register_parameter(name, nn.Parameter(tensor))
        return FlatParameters(model).state_hash()

    one = torch.ones(6)
    found = [hash_of(a=one), hash_of(b=one), hash_of(a=one.view(2, 3)), hash_of(a=one.view(3, 2))]
    assert 4 == len(set(found))


def test_a_device_that_starts_operations_slowly_gets_larger_shards():
    sizes = {name: shard_scalars(torch.device(name)) for name in ("cpu", "cuda")}
    assert 8 * sizes["cpu"] == sizes["cuda"]
    assert 0 == sizes["cuda"] % ALIGNMENT
