"""The failure vocabulary of paramdyn.

::

    ParamdynError                 anything we can explain to the user
    ├── BadRequest                what was asked cannot be done as asked (exit status 2)
    │   ├── SpecError             a spec has problems; all of them are listed
    │   │   └── QueryError        a filter over runs has problems
    │   ├── UnknownName           a name that no registry has; the nearest ones are suggested
    │   ├── PluginError           a plug-in file cannot be loaded or registers a taken name
    │   ├── DatasetError          data are absent, corrupt or do not fit the request
    │   ├── WeightsError          a weights file does not fit the model
    │   ├── ShapeMismatch         two tensors that must agree in shape do not
    │   ├── DeviceError           the device asked for is not there
    │   └── RunNotFound           no run folder answers to this name
    └── FailedWork                the request was sound, the work failed (exit status 1)
        ├── StoreError            a run folder cannot be read or written
        │   ├── SchemaTooNew      it was written by a newer paramdyn
        │   ├── RunIncomplete     a file it should have is missing or cut
        │   └── RunBusy           another process is writing it
        ├── OutOfMemory           the device ran out of memory
        └── TrainingError         training cannot go on

A message says where, what was found, what was expected, and what to do.
The library raises; only the front doors print.
"""

from __future__ import annotations

from collections.abc import Iterable


class ParamdynError(Exception):
    """Anything that paramdyn can explain: the message is written for the user."""

    exit_status = 1


class BadRequest(ParamdynError):
    """What was asked cannot be done as asked."""

    exit_status = 2


class SpecError(BadRequest):
    """A spec has problems. All of them are in ``problems``, one sentence each."""

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))


class QueryError(SpecError):
    """A filter over runs has problems. All of them are in ``problems``, one sentence each."""


class UnknownName(BadRequest):
    """A name that no registry has."""


class PluginError(BadRequest):
    """A plug-in cannot be loaded, or registers a name that is taken."""


class DatasetError(BadRequest):
    """Data are absent, corrupt, or do not fit what was asked."""


class WeightsError(BadRequest):
    """A weights file cannot be read or does not fit the model."""


class ShapeMismatch(BadRequest):
    """Two tensors that must agree in shape do not."""


class DeviceError(BadRequest):
    """The device or precision asked for is not available here."""


class RunNotFound(BadRequest):
    """No run folder answers to this name."""


class FailedWork(ParamdynError):
    """The request was sound; the work failed."""


class StoreError(FailedWork):
    """A run folder cannot be read or written."""


class SchemaTooNew(StoreError):
    """The run folder was written by a newer paramdyn."""


class RunIncomplete(StoreError):
    """A file that the run folder should have is missing or cut short."""


class RunBusy(StoreError):
    """Another process is writing this run folder."""


class OutOfMemory(FailedWork):
    """The device ran out of memory."""


class TrainingError(FailedWork):
    """Training cannot go on."""
