"""What the log says about an epoch."""

import logging

from paramdyn.training.run import train_run
from paramdyn.training.scores import told


def test_scores_in_words_split_by_split():
    metrics = {"train/epoch_loss": 0.47123, "train/epoch_accuracy": 0.86149,
               "test/loss": 2.0, "test/accuracy": 1.0}  # fmt: skip
    assert told(metrics) == "train loss 0.4712 accuracy 0.8615, test loss 2 accuracy 1"
    assert told({"test/loss": float("nan")}) == "test loss nan"
    assert told({}) == ""


def test_the_log_has_a_line_for_each_epoch(runs_dir, tmp_path, tiny_spec, caplog):
    with caplog.at_level(logging.INFO, logger="paramdyn"):
        train_run(tiny_spec, runs=runs_dir, data_folder=tmp_path)
    lines = [record.getMessage() for record in caplog.records]
    epochs = [line.partition(",")[0] for line in lines if line.startswith("epoch ")]
    assert epochs == ["epoch 1", "epoch 2", "epoch 2.5"]  # it ends in the middle of the third
    assert all("train loss" in line and "test loss" in line for line in lines if "epoch" in line)
    assert lines[-1].startswith("finished at step")
