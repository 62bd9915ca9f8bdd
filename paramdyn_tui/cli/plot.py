"""``paramdyn plot RUN...``: pictures of runs, finished or not."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

from paramdyn_tui.cli import output
from paramdyn_tui.cli.options import takes
from paramdyn_tui.cli.plot_options import PlotOptions, chosen_runs, request_of

if TYPE_CHECKING:
    from pathlib import Path

    from paramdyn_tui.plotting.picture import Picture

TEXT_FILES = (".txt", ".ans")


@takes(PlotOptions)
def plot(options: PlotOptions) -> None:
    """Draw runs: loss and accuracy, how far each layer moved, and what became of every value.

    One run: its curves, drift and classes. Several: their curves on top of each other, named by
    what differs in their specs. A run that still trains is drawn as far as it is.

    \b
    paramdyn plot lenet-digits                      the start of an id is enough
    paramdyn plot RUN1 RUN2 --metric val.acc --smooth 0.9
    paramdyn plot --where model=resnet18 --group perturb --chance
    paramdyn plot RUN1 RUN2 RUN3 --diff RUN1 --log-x
    paramdyn plot RUN --what drift,layers --measure update_ratio --log
    paramdyn plot RUN --what histograms             weights before and after
    paramdyn plot RUN1 RUN2 --out figure.svg        or .png, .pdf, .txt, .ans

    A picture fits the terminal; piped, it is plain text of 80 columns. No value of a curve is
    lost: a spike among 100,000 records is still on it, and what is not finite shows as ! at the
    top. The heatmap of a very long drift.jsonl shows a thousand of its records.
    NO_COLOR, FORCE_COLOR and TERM=dumb are respected.
    """  # noqa: D301 - \b keeps click from filling the examples
    from paramdyn.store.run_folder import find_run, runs_folder
    from paramdyn_tui.plotting.picture import read_picture

    folders = chosen_runs(options)
    base = find_run(runs_folder(options.runs), options.diff) if options.diff else None
    if base is not None and base.path not in {folder.path for folder in folders}:
        folders.append(base)
    request = request_of(options, base)
    suffix = _checked_suffix(options.out)
    picture = read_picture(folders, request)
    if options.out is not None:
        _write(picture, options.out, suffix, options)
    if options.json:
        from paramdyn_tui.plotting.export import picture_data

        output.result_json(picture_data(picture))
    elif options.out is None:
        color = wants_color(options.no_color)
        output.result_lines(_text(picture, options, color=color), painted=color)


def wants_color(refused: bool) -> bool:
    """Tell whether to draw in colour: refused, NO_COLOR, FORCE_COLOR, terminal, in this order."""
    if refused or os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or output.is_colourful(sys.stdout)


def _checked_suffix(out: Path | None) -> str:
    """Return what kind of file is wanted, before anything is read.

    Raises:
        BadRequest: No such kind can be written.
    """
    if out is None:
        return ""
    from paramdyn.errors import BadRequest

    suffix = out.suffix.lower()
    if suffix in TEXT_FILES:
        return suffix
    from paramdyn_tui.plotting.paper import KINDS, require_matplotlib

    if suffix not in KINDS:
        known = ", ".join([*KINDS, *TEXT_FILES])
        raise BadRequest(
            f"--out: '{out}' ends in '{suffix}'. Expected one of {known}. Give the file such an "
            "ending."
        )
    require_matplotlib()
    return suffix


def _text(picture: Picture, options: PlotOptions, *, color: bool) -> str:
    from paramdyn_tui.plotting.figures import draw_picture
    from paramdyn_tui.safe_text import to_ascii

    terminal = shutil.get_terminal_size((80, 24))
    text = draw_picture(
        picture,
        width=options.width or terminal.columns,
        height=options.height or terminal.lines,
        color=color,
    )
    plain = options.ascii or (options.out is None and not output.is_unicode(sys.stdout))
    return to_ascii(text) if plain else text


def _write(picture: Picture, out: Path, suffix: str, options: PlotOptions) -> None:
    """Write the picture to a file, which it replaces, and say so."""
    from paramdyn.store.atomic import write_whole

    if suffix in TEXT_FILES:
        content = (_text(picture, options, color=suffix == ".ans") + "\n").encode()
    else:
        from paramdyn_tui.plotting.paper import figure_bytes

        content = figure_bytes(picture, suffix)
    replaced = out.exists()
    write_whole(out, content)
    output.talk(f"{'Replaced' if replaced else 'Wrote'} {out}.")
