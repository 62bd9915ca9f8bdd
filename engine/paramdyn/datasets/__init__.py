"""Images as uint8 tensors, and what makes float batches of them on the device that trains.

A data set is a function from a :class:`DatasetRequest` to an :class:`ImageDataset`, named in
``catalogues.DATASETS``. :func:`load_dataset` does everything else that a spec can ask for.
"""

from __future__ import annotations

from paramdyn.datasets.batches import EvaluationBatches, TrainingBatches
from paramdyn.datasets.image_dataset import DatasetRequest, ImageDataset, PreparedDataset, Split
from paramdyn.datasets.locations import data_folder
from paramdyn.datasets.prepare import load_dataset

__all__ = [
    "DatasetRequest",
    "EvaluationBatches",
    "ImageDataset",
    "PreparedDataset",
    "Split",
    "TrainingBatches",
    "data_folder",
    "load_dataset",
]
