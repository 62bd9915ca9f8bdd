"""A checkpoint with flipped bits is never taken for a sound one."""

import random

import pytest
import torch

from paramdyn.checkpoints import load_checkpoint, save_checkpoint
from paramdyn.errors import RunIncomplete

STATE = {
    "step": 3,
    "values": torch.arange(500, dtype=torch.float32).sin(),
    "buffers": [torch.ones(3, 3), torch.tensor(7)],
    "optimizer": {"shards": [{"state": {0: {"momentum_buffer": torch.zeros(20)}}}]},
    "best": float("-inf"),
    "offsets": {"metrics": 12, "drift": 0},
}


def same(a, b):
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list):
        return isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


@pytest.fixture
def checkpoint(tmp_path):
    save_checkpoint(tmp_path / "checkpoint.pt", STATE)
    return tmp_path / "checkpoint.pt"


def test_what_is_saved_is_loaded(checkpoint):
    assert same({"version": 2, **STATE}, load_checkpoint(checkpoint))


@pytest.mark.filterwarnings("ignore")  # torch warns about some of what it reads
def test_no_flipped_bit_changes_what_is_loaded(checkpoint):
    dice = random.Random("flips")
    sound = checkpoint.read_bytes()
    noticed = 0
    for position in range(len(sound)):
        data = bytearray(sound)
        data[position] ^= 1 << dice.randrange(8)
        checkpoint.write_bytes(data)
        try:
            loaded = load_checkpoint(checkpoint)
        except RunIncomplete:
            noticed += 1
        else:
            assert same({"version": 2, **STATE}, loaded), position
    assert noticed > len(sound) / 2


def test_the_words_say_what_is_wrong_and_what_can_be_done(checkpoint):
    sound = checkpoint.read_bytes()
    place = sound.index(STATE["values"].numpy().tobytes()) + 900
    checkpoint.write_bytes(sound[:place] + bytes([sound[place] ^ 16]) + sound[place + 1 :])
    (checkpoint.parent / "snapshots").mkdir()
    (checkpoint.parent / "snapshots" / "step-00000040.safetensors").touch()
    (checkpoint.parent / "snapshots" / "step-00000120.safetensors").touch()
    with pytest.raises(RunIncomplete) as caught:
        load_checkpoint(checkpoint)
    run = checkpoint.parent.name
    said = (
        f"{checkpoint}: is damaged: a part of it, 'data/0', is not as it was written. Sound bytes "
        "were expected; nothing of the run is changed. Put a good copy of the file back and resume "
        f"the run; or train on from its newest snapshot: paramdyn run --from {run}@120; or train "
        f"it again from the start: paramdyn run {checkpoint.parent / 'spec.toml'}."
    )
    assert said == str(caught.value)
    assert 1 == caught.value.exit_status


@pytest.mark.parametrize("length", [0, 10, 400, -1])
def test_a_cut_one_is_damaged(checkpoint, length):
    checkpoint.write_bytes(checkpoint.read_bytes()[:length])
    with pytest.raises(RunIncomplete, match=r"is damaged.*train it again from the start: paramdyn"):
        load_checkpoint(checkpoint)
