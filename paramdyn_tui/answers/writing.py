"""Answers as files: Markdown with pictures beside it, tables as CSV, figures, JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paramdyn.errors import BadRequest
from paramdyn_tui.answers.csv_tables import table_csv, verdicts_csv
from paramdyn_tui.answers.markdown import markdown_page
from paramdyn_tui.answers.report import Report, report_data

if TYPE_CHECKING:
    from paramdyn.analysis.answer import Picture

FIGURES = (".svg", ".png", ".pdf")
KINDS = (".md", ".csv", ".json", *FIGURES)
TEXT_WIDTH, TEXT_HEIGHT = 80, 24


def check_out(paths: Sequence[Path]) -> None:
    """Check, before anything is computed, that files of these kinds can be written.

    Raises:
        BadRequest: A kind is unknown, its folder is not there, or it needs what is not installed.
    """
    for path in paths:
        suffix = path.suffix.lower()
        if suffix not in KINDS:
            raise BadRequest(
                f"--out: '{path}' ends in '{suffix}'. Expected one of {', '.join(KINDS)}. Give the "
                "file such an ending."
            )
        if not path.absolute().parent.is_dir():
            raise BadRequest(
                f"--out: '{path}': there is no folder '{path.parent}'. Make it, or choose another."
            )
        if suffix in FIGURES:
            from paramdyn_tui.plotting.paper import require_matplotlib

            require_matplotlib()


def can_draw() -> bool:
    """Tell whether pictures can be files: whether matplotlib is installed."""
    from paramdyn_tui.plotting.paper import require_matplotlib

    try:
        require_matplotlib()
    except BadRequest:
        return False
    return True


def files_of(report: Report, path: Path, facts: Mapping[str, str]) -> Iterator[tuple[Path, bytes]]:
    """Yield the files that ``--out path`` asks for, the one named last, with their contents.

    Args:
        report: What was found.
        path: Its ending says what kind.
        facts: What a page of Markdown says about how it was made.

    Raises:
        BadRequest: There is no picture to draw.
    """
    suffix = path.suffix.lower()
    if suffix == ".json":
        text = json.dumps(report_data(report), indent=2, allow_nan=False)
        yield path, f"{text}\n".encode()
    elif suffix == ".csv":
        yield from _csv(report, path)
    elif suffix == ".md":
        yield from _markdown(report, path, facts)
    else:
        yield path, _figure(report, path)


def _csv(report: Report, path: Path) -> Iterator[tuple[Path, bytes]]:
    for answer in report.answers:
        for table in answer.tables:
            name = _beside(path, answer.question, table.name, ".csv")
            yield name, table_csv(table).encode()
    yield path, verdicts_csv(report.answers).encode()


def _markdown(report: Report, path: Path, facts: Mapping[str, str]) -> Iterator[tuple[Path, bytes]]:
    pictures: dict[tuple[str, str], str] = {}
    drawn = can_draw()
    for answer in report.answers:
        for picture in answer.pictures:
            key = (answer.question, picture.name)
            if drawn:
                from paramdyn_tui.plotting.answer_paper import pictures_bytes

                file = _beside(path, answer.question, picture.name, ".svg")
                yield file, pictures_bytes([picture], ".svg")
                pictures[key] = file.name
            else:
                pictures[key] = _as_text(picture)
    names = ", ".join(each.name for each in report.subjects[:3])
    page = markdown_page(
        report.answers,
        title=f"{report.asked}: {names}{' ...' if len(report.subjects) > 3 else ''}",
        facts=facts,
        pictures=pictures,
        terms=report.terms,
        failed=report.failed,
    )
    yield path, page.encode()


def _figure(report: Report, path: Path) -> bytes:
    from paramdyn_tui.plotting.answer_paper import pictures_bytes

    pictures: list[Any] = [each for answer in report.answers for each in answer.pictures]
    if not pictures:
        raise BadRequest(
            f"--out: '{path}': this answer has no picture. Write its tables instead: "
            f"--out {path.with_suffix('.md')} or {path.with_suffix('.csv')}."
        )
    return pictures_bytes(pictures, path.suffix.lower())


def _as_text(picture: Picture) -> str:
    from paramdyn_tui.plotting.answer_pictures import answer_picture

    lines = answer_picture(picture, width=TEXT_WIDTH, height=TEXT_HEIGHT, color=False)
    return "\n".join([*lines, ""])


def _beside(path: Path, question: str, part: str, suffix: str) -> Path:
    """Return the file of a part of an answer: NAME-QUESTION-PART beside NAME."""
    name = "-".join(re.sub(r"[^\w.-]+", "-", each) for each in (path.stem, question, part))
    return path.with_name(f"{name}{suffix}")
