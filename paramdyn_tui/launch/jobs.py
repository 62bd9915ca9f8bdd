"""What is to be run: one job a run, and how jobs depend on each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from paramdyn.errors import BadRequest
from paramdyn.specs.run_spec import RunSpec


@dataclass(frozen=True, kw_only=True)
class Job:
    """One run of a sequence.

    Attributes:
        spec: What to run, resolved and checked. With ``start_of`` its initializer is a stand-in:
            it becomes ``run:FOLDER`` when the job's turn comes, with the ``@STEP`` it has.
        arm: Which part this run has in an experiment, such as ``twin``; for the record.
        of: Index of the job that this one is a control of, if any.
        of_run: The same for a run that exists already: its folder's name.
        start_of: Index of an earlier job whose snapshot this one starts from.
        waits_for: The device on which it will train, such as ``cuda:0``, when that must be free
            before it begins; empty: it begins when its turn has come.
        existing: Name of a finished run that already is exactly this one: nothing is trained, and
            whoever refers to this job gets that run.
    """

    spec: RunSpec
    arm: str = ""
    of: int | None = None
    of_run: str = ""
    start_of: int | None = None
    waits_for: str = ""
    existing: str = ""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A job, and what to say about it.

    Attributes:
        job: What is carried out.
        run: Name of its folder; ``-2`` and so on is added to it when that is taken.
        about: What it is for, in words.
    """

    job: Job
    run: str
    about: str


def check_jobs(jobs: Sequence[Job]) -> None:
    """Check that jobs can run in their order.

    Raises:
        BadRequest: There is none, or one refers to a job that is not there, or starts from one
            that does not come before it.
    """
    if not jobs:
        raise BadRequest(
            "jobs: there is none. Expected one run at least. Ask for a seed or an arm."
        )
    for index, job in enumerate(jobs):
        if job.of is not None and (not 0 <= job.of < len(jobs) or job.of == index):
            raise BadRequest(
                f"job {index}: is a control of job {job.of}. Expected another one of the "
                f"{len(jobs)} jobs, counted from 0. Correct 'of'."
            )
        if job.start_of is not None and not 0 <= job.start_of < index:
            raise BadRequest(
                f"job {index}: starts from job {job.start_of}. Expected one that comes before it, "
                "counted from 0. Correct 'start_of', or the order."
            )
