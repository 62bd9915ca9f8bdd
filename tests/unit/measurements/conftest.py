"""A slow, obvious recorder: contexts from plain lists of tensors."""

from types import SimpleNamespace

import numpy as np
import pytest

from paramdyn.measurements import Context, Sums


def sum_of_squares(tensors, others=None):
    if tensors is None:
        return None
    others = [0.0] * len(tensors) if others is None else [other.double() for other in others]
    pairs = zip(tensors, others, strict=True)
    return np.array([float(((t.double() - other) ** 2).sum()) for t, other in pairs])


def count(flags):
    return np.array([int(flag.sum()) for flag in flags], dtype=np.int64)


def sums_of(now, start, before, last, gradients):
    pairs = list(zip(now, start, strict=True))
    signs = [(t.sign().nan_to_num(), s.sign().nan_to_num()) for t, s in pairs]
    return Sums(
        counts=np.array([t.numel() for t in now], dtype=np.int64),
        squared_norm=sum_of_squares(now),
        squared_norm_start=sum_of_squares(start),
        squared_displacement=sum_of_squares(now, start),
        squared_update=None if before is None else sum_of_squares(now, before),
        squared_chord=None if last is None else sum_of_squares(now, last),
        squared_gradient=sum_of_squares(gradients),
        changed=count([t.numpy().view("i4") != s.numpy().view("i4") for t, s in pairs]),
        sign_changed=count([a * b < 0 for a, b in signs]),
        sign_defined=count([a * b != 0 for a, b in signs]),
    )


@pytest.fixture
def context_of():
    """Build a context from lists of tensors, one per parameter; what is not given is absent."""

    def build(now, start, *, before=None, last=None, gradients=None, path=None, **fields):
        given = {
            "steps": np.array([1]),
            "table": [
                SimpleNamespace(name=f"p{i}", count=t.numel(), trainable=True)
                for i, t in enumerate(now)
            ],
            "sums": sums_of(now, start, before, last, gradients),
            "path": np.zeros((1, len(now))) if path is None else np.array([path], dtype=np.float64),
            "path_total": np.zeros(1),
            "chords": 0,
            "values": now.__getitem__,
            "start": start.__getitem__,
            "gradient": lambda i: None if gradients is None else gradients[i],
            "class_inputs": lambda i: fields["inputs"][i],
        }
        given.update({name: value for name, value in fields.items() if name != "inputs"})
        return Context(**given)

    return build


class Path:
    """Path lengths accumulated chord by chord, as a recorder does."""

    def __init__(self, start):
        self.last = start
        self.lengths = np.zeros(len(start))
        self.total = 0.0
        self.chords = 0

    def add(self, now):
        squares = sum_of_squares(now, self.last)
        self.lengths += np.sqrt(squares)
        self.total += float(np.sqrt(squares.sum()))
        self.chords += 1
        self.last = now

    def fields(self):
        return {"path": self.lengths, "path_total": np.array([self.total]), "chords": self.chords}


@pytest.fixture
def path_from():
    return Path
