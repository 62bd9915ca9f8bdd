"""What a sequence is told: its jobs and where things are, as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from paramdyn.specs.reader import spec_from_mapping
from paramdyn.specs.writer import to_mapping
from paramdyn_tui.launch.jobs import Job, check_jobs


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Runs to be carried out one after another.

    Attributes:
        jobs: What to run, in this order.
        runs: The runs folder.
        data: The worker's ``--data`` option, if any.
        command: The command line that asked, for the record.
    """

    jobs: tuple[Job, ...]
    runs: Path
    data: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def to_json(plan: Plan) -> str:
    """Return the plan as text; ``from_json`` is the inverse."""
    jobs = [{**asdict(job), "spec": to_mapping(job.spec)} for job in plan.jobs]
    content = {"runs": str(plan.runs), "data": plan.data, "command": plan.command, "jobs": jobs}
    return json.dumps(content)


def from_json(text: str) -> Plan:
    """Return the plan that ``to_json`` wrote.

    Raises:
        BadRequest: Its jobs cannot run in their order.
        SpecError: A spec is none.
    """
    content = json.loads(text)
    jobs = tuple(
        Job(**{**job, "spec": spec_from_mapping(job["spec"], where=f"job {index}")})
        for index, job in enumerate(content["jobs"])
    )
    check_jobs(jobs)
    return Plan(
        jobs=jobs,
        runs=Path(content["runs"]),
        data=tuple(content["data"]),
        command=tuple(content["command"]),
    )
