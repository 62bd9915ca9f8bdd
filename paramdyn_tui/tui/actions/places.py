"""Actions of the screens that are about one thing, and of dialogs."""

from __future__ import annotations

from paramdyn_tui.tui.actions.action import Action

LAYERS = (
    Action("layers", "move('up')", "up,k", "layer", "Go to the layer above.", 2),
    Action("layers", "move('down')", "down,j", "layer", "Go to the layer below.", 0),
    Action("layers", "move('left')", "left,h", "time", "Go to an earlier record.", 0),
    Action("layers", "move('right')", "right,l", "time", "Go to a later record.", 0),
    Action("layers", "move('page_up')", "pageup", "page up", "Go a page of layers up.", 0),
    Action("layers", "move('page_down')", "pagedown", "page down", "Go a page of layers down.", 0),
    Action("layers", "move('first')", "home", "first", "Go to the first layer.", 0),
    Action("layers", "move('last')", "end", "last", "Go to the last layer.", 0),
    Action(
        "layers",
        "measure",
        "m",
        "measure",
        "Change what is shown: displacement, direction, ...",
        10,
    ),
    Action(
        "layers", "normalise", "N", "scale", "Compare layers on one scale, or each with itself.", 12
    ),
    Action("layers", "log_scale", "y", "log", "Change the scale: plain or logarithmic.", 14),
    Action("layers", "axis", "x", "x axis", "Change what runs to the right.", 15),
    Action("layers", "sort", "o", "sort", "Sort by depth, by value, or by name.", 16),
    Action("layers", "filter", "slash", "layers", "Choose layers by a pattern.", 18),
    Action("layers", "full", "enter", "zoom", "Show the heatmap alone; again: with the layer.", 5),
    Action(
        "layers", "baseline", "b", "vs baseline", "Show the difference to the baseline run.", 20
    ),
)

LOG = (
    Action("log", "scroll('up')", "up,k", "up", "Go a line up.", 0),
    Action("log", "scroll('down')", "down,j", "down", "Go a line down.", 0),
    Action("log", "scroll('page_up')", "pageup", "page up", "Go a page up.", 2),
    Action("log", "scroll('page_down')", "pagedown", "page down", "Go a page down.", 0),
    Action("log", "scroll('first')", "home,g", "first", "Go to the first line.", 0),
    Action("log", "scroll('last')", "end,G", "tail", "Go to the last line, and stay there.", 5),
    Action(
        "log", "filter", "slash", "filter", "Show lines that hold some text, or /a pattern/.", 10
    ),
    Action("log", "link", "l", "link", "Show the charts at the time of this line.", 15),
    Action("log", "wrap", "w", "wrap", "Break long lines, or cut them.", 20),
)

SYSTEM = (
    Action("system", "cursor('up')", "up,k", "up", "Go a process up.", 0),
    Action("system", "cursor('down')", "down,j", "down", "Go a process down.", 0),
    Action("system", "sort", "o", "sort", "Sort processes by processor, memory or GPU memory.", 10),
    Action("system", "mine", "m", "runs only", "Show all processes, or those of runs.", 12),
    Action("system", "open", "enter", "open", "Open the run of the process.", 14),
)

ANALYZE = (
    Action("analyze", "ask", "enter", "ask", "Compute the answer to the chosen question.", 5),
    Action(
        "analyze", "cursor('up')", "up,k", "question", "Go to the question, or the line, above.", 6
    ),
    Action(
        "analyze", "cursor('down')", "down,j", "down", "Go to the question, or the line, below.", 0
    ),
    Action("analyze", "question('left')", "left,h", "question", "Go to the question before.", 0),
    Action("analyze", "question('right')", "right,l", "question", "Go to the next question.", 0),
    Action("analyze", "cursor('page_up')", "pageup", "page up", "Go a page up.", 0),
    Action("analyze", "cursor('page_down')", "pagedown", "page down", "Go a page down.", 0),
    Action("analyze", "weights", "w", "weights", "Ask about weights files instead of runs.", 11),
    Action(
        "analyze", "explain", "x", "explain", "Explain each number: definition, formula, null.", 12
    ),
    Action("analyze", "details", "v", "details", "Show tables of each layer and seed too.", 10),
    Action("analyze", "cancel", "X", "cancel", "Give up a computation that goes on.", 14),
    Action(
        "analyze",
        "make_controls",
        "M",
        "controls",
        "Train the controls that are missing.",
        16,
        True,
    ),
)

FORM = (
    Action("form", "start", "ctrl+s", "start", "Start it; it belongs to no terminal.", 1, True),
    Action(
        "form", "copy_command", "ctrl+y", "copy command", "Copy the command that does the same.", 5
    ),
    Action(
        "form",
        "more",
        "ctrl+o",
        "more",
        "Show, or hide, the fields that are seldom needed.",
        8,
    ),
    Action("form", "next_field", "down", "below", "Go to the field below; tab: the next one.", 0),
    Action("form", "previous_field", "up", "above", "Go to the field above.", 0),
    Action("form", "change('left')", "left", "choose", "Choose the option before.", 0),
    Action(
        "form",
        "change('right')",
        "right",
        "choose",
        "Choose the next option; letters find one, digits a preset.",
        10,
    ),
    Action(
        "form", "list", "enter", "list", "List all options; of what is typed: the next field.", 12
    ),
)

DIALOG = (
    Action("dialog", "cursor('up')", "up,k", "up", "Go to the choice above.", 0),
    Action("dialog", "cursor('down')", "down,j", "down", "Go to the choice below.", 0),
    Action("dialog", "cursor('page_up')", "pageup", "page up", "Go a page up.", 0),
    Action("dialog", "cursor('page_down')", "pagedown", "page down", "Go a page down.", 0),
    Action("dialog", "cursor('first')", "home", "first", "Go to the first choice.", 0),
    Action("dialog", "cursor('last')", "end", "last", "Go to the last choice.", 0),
    Action("dialog", "choose", "enter", "choose", "Take the choice.", 1),
)

HELP = (
    Action("help", "scroll('up')", "up,k", "up", "Go a line up.", 1),
    Action("help", "scroll('down')", "down,j,space", "down", "Go a line down.", 2),
    Action("help", "scroll('page_up')", "pageup", "page up", "Go a page up.", 0),
    Action("help", "scroll('page_down')", "pagedown", "page down", "Go a page down.", 0),
)
