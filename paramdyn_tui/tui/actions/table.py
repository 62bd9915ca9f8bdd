"""The table of actions."""

from __future__ import annotations

from paramdyn_tui.tui.actions.action import Action
from paramdyn_tui.tui.actions.places import ANALYZE, DIALOG, FORM, HELP, LAYERS, LOG, SYSTEM

SCOPES = {
    "app": "Everywhere",
    "run": "A run",
    "charts": "Charts",
    "runs": "The table of runs",
    "compare": "Comparison",
    "facts": "What differs",
    "layers": "Layers",
    "log": "Log",
    "system": "System",
    "analyze": "Answers",
    "form": "New run and fork",
    "dialog": "Dialogs",
    "help": "Help",
}
"""Scope -> what the help calls it."""

APP = (
    Action("app", "screen_run", "1", "Run", "Show the open run.", 0),
    Action("app", "screen_runs", "2", "Runs", "Show all runs.", 0),
    Action("app", "screen_compare", "3", "Compare", "Lay the marked runs over each other.", 0),
    Action("app", "screen_layers", "4", "Layers", "Show how far each layer of the run moved.", 0),
    Action("app", "screen_logs", "5", "Logs", "Show what the run's worker said.", 0),
    Action("app", "screen_system", "6", "System", "Show this machine and its processes.", 0),
    Action("app", "screen_analyze", "7", "Answers", "Ask a question about the marked runs.", 0),
    Action("app", "new_run", "n", "new", "Fill in a form and start a run.", 60, True),
    Action(
        "app",
        "fork",
        "f",
        "fork",
        "Perturb the run at a snapshot and train on, with controls.",
        13,
        True,
    ),
    Action(
        "app", "help", "question_mark,f1", "help", "Explain the keys of this place, then all.", 98
    ),
    Action("app", "palette", "ctrl+p", "palette", "Find any action by its name.", 0),
    Action("app", "step_out", "escape", "back", "Go one step out: a zoom, a filter, a dialog.", 0),
    Action("app", "next_pane", "tab", "next pane", "Go to the next pane.", 0),
    Action("app", "previous_pane", "shift+tab", "previous pane", "Go to the previous pane.", 0),
    Action("app", "wider", "right_square_bracket", "wider", "Make the side pane wider; kept.", 0),
    Action(
        "app",
        "narrower",
        "left_square_bracket",
        "narrower",
        "Make the side pane narrower; kept.",
        0,
    ),
    Action("app", "theme", "ctrl+t", "theme", "Change between the dark and the light theme.", 0),
    Action("app", "export", "e", "export", "Write what is shown to a file: CSV, SVG.", 50),
    Action("app", "copy", "c", "copy", "Copy what the cursor is on to the clipboard.", 45),
    Action(
        "app",
        "stop",
        "K",
        "stop",
        "Stop the run: after this epoch, now, or kill it. Asks.",
        17,
        True,
    ),
    Action("app", "pause", "P", "pause", "Let the run wait, or go on.", 0, True),
    Action(
        "app", "resume", "R", "resume", "Carry on with a run that was stopped or crashed.", 19, True
    ),
    Action("app", "quit", "q", "quit", "Leave. Runs go on.", 99),
    Action("app", "leave", "ctrl+c", "quit", "Leave, from anywhere. Runs go on.", 0),
)

CHARTS = (
    Action(
        "charts", "move('left')", "left,h", "move", "Go to the pane, or the time, at the left.", 0
    ),
    Action(
        "charts",
        "move('right')",
        "right,l",
        "move",
        "Go to the pane, or the time, at the right.",
        0,
    ),
    Action("charts", "move('up')", "up,k", "move", "Go to the pane above.", 0),
    Action("charts", "move('down')", "down,j", "move", "Go to the pane below.", 0),
    Action("charts", "full", "enter", "zoom", "Show the chart alone; again: all of them.", 5),
    Action("charts", "log_y", "y", "log y", "Change the vertical scale: plain or logarithmic.", 10),
    Action(
        "charts", "log_x", "Y", "log x", "Change the horizontal scale: plain or logarithmic.", 0
    ),
    Action(
        "charts",
        "axis",
        "x",
        "x axis",
        "Change what runs to the right: epoch, step, images, time, relative time.",
        12,
    ),
    Action("charts", "smoother", "s", "smooth", "Smooth more; the raw line stays behind.", 11),
    Action("charts", "rougher", "S", "rougher", "Smooth less.", 0),
    Action("charts", "raw", "0", "raw", "Do not smooth, do not zoom.", 0),
    Action("charts", "zoom_in", "plus,equals_sign", "zoom in", "Show a shorter stretch.", 0),
    Action("charts", "zoom_out", "minus", "zoom out", "Show a longer stretch.", 0),
    Action(
        "charts", "pan_left", "shift+left,less_than_sign", "pan", "Move the stretch to the left.", 0
    ),
    Action(
        "charts",
        "pan_right",
        "shift+right,greater_than_sign",
        "pan",
        "Move the stretch to the right.",
        0,
    ),
    Action("charts", "reset", "r", "reset", "Show everything again.", 0),
    Action(
        "charts",
        "inspect",
        "i",
        "inspect",
        "Turn the cursor with values on, in all charts, or off.",
        16,
    ),
    Action("charts", "filter", "slash", "metrics", "Choose which metrics have a chart.", 14),
    Action("charts", "references", "t", "references", "Show or hide chance level and target.", 0),
    Action("charts", "target", "T", "target", "Draw a value that is to be reached, or none.", 0),
)

RUN = (
    Action("run", "measure", "m", "measure", "Change what the heatmap shows.", 20),
    Action("run", "baseline", "b", "baseline", "Lay the baseline run behind the charts.", 25),
    Action("run", "log_full", "L", "log", "Show the whole log.", 0),
)

RUNS = (
    Action("runs", "open", "enter", "open", "Open the run; a group: show or hide its runs.", 5),
    Action(
        "runs", "mark", "space", "mark", "Mark the run for the overlay; a group: all its runs.", 8
    ),
    Action("runs", "mark_all", "ctrl+a", "mark all", "Mark every run that is listed, or none.", 0),
    Action(
        "runs",
        "baseline",
        "b",
        "baseline",
        "Make it the baseline that others are compared with.",
        10,
    ),
    Action(
        "runs", "group", "g", "group", "Group by fields, with mean and interval over seeds.", 12
    ),
    Action("runs", "sort", "o", "sort", "Sort by a field or metric; again: the other way.", 14),
    Action(
        "runs",
        "filter",
        "slash",
        "filter",
        "Choose runs by a query, such as model=lenet test.acc>.9.",
        16,
    ),
    Action("runs", "metric", "m", "metric", "Change which metric is listed and drawn.", 20),
    Action("runs", "diff", "d", "diff", "Show what differs from the baseline.", 18),
    Action(
        "runs",
        "all_fields",
        "a",
        "all fields",
        "Show all fields of the specs, or only those that differ.",
        0,
    ),
    Action(
        "runs", "family", "F", "family", "Mark the run, its parent and its controls, or none.", 21
    ),
    Action("runs", "fold", "left,h", "fold", "Hide the runs of the group.", 0),
    Action("runs", "unfold", "right,l", "unfold", "Show the runs of the group.", 0),
    Action("runs", "delete", "D", "delete", "Delete the run, or the marked ones. Asks.", 0, True),
    Action("runs", "cursor('up')", "up,k", "up", "Go to the run above.", 0),
    Action("runs", "cursor('down')", "down,j", "down", "Go to the run below.", 0),
    Action("runs", "cursor('page_up')", "pageup", "page up", "Go a page up.", 0),
    Action("runs", "cursor('page_down')", "pagedown", "page down", "Go a page down.", 0),
    Action("runs", "cursor('first')", "home", "first", "Go to the first run.", 0),
    Action("runs", "cursor('last')", "end,G", "last", "Go to the last run.", 0),
)

COMPARE = (
    Action(
        "compare",
        "difference",
        "d",
        "difference",
        "Draw differences to the baseline, or values.",
        20,
    ),
    Action("compare", "band", "g", "group", "Draw each run, or mean and band over seeds.", 22),
    Action("compare", "next_baseline", "b", "baseline", "Make the next run the baseline.", 24),
    Action(
        "compare",
        "all_fields",
        "a",
        "all fields",
        "Show all fields of the specs, or only those that differ.",
        26,
    ),
)

FACTS = (
    Action("facts", "scroll('up')", "up,k", "up", "Go a line up.", 2),
    Action("facts", "scroll('down')", "down,j", "down", "Go a line down.", 3),
    Action("facts", "scroll('page_up')", "pageup", "page up", "Go a page up.", 0),
    Action("facts", "scroll('page_down')", "pagedown", "page down", "Go a page down.", 0),
    Action("facts", "scroll('left')", "left,h", "left", "Go to the runs at the left.", 0),
    Action("facts", "scroll('right')", "right,l", "right", "Go to the runs at the right.", 0),
)

ACTIONS = (
    *RUN, *CHARTS, *RUNS, *COMPARE, *FACTS, *LAYERS, *LOG, *SYSTEM, *ANALYZE, *FORM, *DIALOG,
    *HELP, *APP,
)  # fmt: skip
"""Every action, in the order in which the help lists them."""


def of_scope(scope: str) -> tuple[Action, ...]:
    """Return the actions of a scope.

    Raises:
        KeyError: There is no such scope.
    """
    SCOPES[scope]
    return tuple(action for action in ACTIONS if action.scope == scope)


BY_ID = {action.id: action for action in ACTIONS}
