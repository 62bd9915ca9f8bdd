"""Named streams: their seeds stay what they are, differ, and leave the global generator alone."""

import torch

from paramdyn import seeding


def test_a_stream_is_the_first_63_bits_of_a_hash_of_seed_and_names():
    # A run of last year repeats only while these numbers stay.
    assert seeding.stream_seed(0) == 2033344993903900207
    assert seeding.stream_seed(0, "order", 1) == 2070372274496236081
    assert seeding.stream_seed(2**63 - 1, "dropout", 10**9) == 3823377591075074850


def test_streams_that_read_alike_when_joined_differ():
    alike = [(1, "11"), (11, "1"), (1, "1", 1), (1, 1, 1, ""), (111,), (1, "", "11")]
    assert len(alike) == len({seeding.stream_seed(*keys) for keys in alike})


def test_streams_of_the_same_purpose_differ_by_every_later_name():
    keys = [(s, name, e) for s in (0, 1) for name in ("order", "flip", "crop") for e in range(50)]
    assert len(keys) == len({seeding.stream_seed(*key) for key in keys})
    assert all(0 <= seeding.stream_seed(*key) < 2**63 for key in keys)


def test_a_generator_starts_where_its_stream_does():
    drawn = torch.rand(4, generator=seeding.generator(3, "order", 2))
    again = torch.Generator().manual_seed(seeding.stream_seed(3, "order", 2))
    assert torch.equal(torch.rand(4, generator=again), drawn)


def test_a_global_stream_is_the_named_one_inside_and_leaves_no_trace():
    before = torch.get_rng_state()
    with seeding.global_stream(3, "initialization"):
        drawn = torch.rand(4)
    assert torch.equal(torch.rand(4, generator=seeding.generator(3, "initialization")), drawn)
    assert torch.equal(before, torch.get_rng_state())
