"""Draw what a terminal shows as an SVG, for README.md.

Run it from the repository's root, in a terminal of 100 columns, with tmux and after ``make demo``:

    tmux -L picture new-session -d -x 100 -y 45 'make demo; sleep 60'
    tmux -L picture capture-pane -p -e -N | .venv/bin/python docs/make_picture.py docs/demo.svg

Blocks, braille dots and lines become shapes, so that they meet whatever font the viewer has. With
two more arguments, only the lines from that one to that one (1: the first) are drawn.
"""

import itertools
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

WIDTH, HEIGHT, EDGE = 8.4, 18, 14  # of a character, and around the picture
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
HUES = [(0x48, 0x4F, 0x58), (0xFF, 0x7B, 0x72), (0x3F, 0xB9, 0x50), (0xD2, 0x99, 0x22)]
HUES += [(0x58, 0xA6, 0xFF), (0xBC, 0x8C, 0xFF), (0x39, 0xC5, 0xCF), (0xB1, 0xBA, 0xC4)]
THEME = TerminalTheme((0x0D, 0x11, 0x17), (0xC9, 0xD1, 0xD9), HUES, HUES)
CRISP = ' shape-rendering="crispEdges"'  # no seams between neighbours
UP, DOWN, LEFT, RIGHT = "V{top}", "V{bottom}", "H{left}", "H{right}"
LINES = {"│": (UP, DOWN), "─": (LEFT, RIGHT), "━": (LEFT, RIGHT), "┤": (UP, DOWN, LEFT)}
LINES |= {"├": (UP, DOWN, RIGHT), "┬": (LEFT, RIGHT, DOWN), "┴": (LEFT, RIGHT, UP)}
LINES |= {"┼": (UP, DOWN, LEFT, RIGHT), "└": (UP, RIGHT), "┌": (DOWN, RIGHT)}
DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))  # bit -> column, row


def shapes(row: int, column: int, text: str, style: Style) -> Iterator[str]:
    """Draw a piece of a line that has one style."""
    left, top = EDGE + column * WIDTH, EDGE + row * HEIGHT
    front = (style.color.get_truecolor(THEME) if style.color else THEME.foreground_color).hex
    look = f' fill="{front}"' + ' opacity="0.6"' * bool(style.dim)
    if style.bgcolor and not style.bgcolor.is_default:
        back = style.bgcolor.get_truecolor(THEME, foreground=False).hex
        yield box(left, top, len(text) * WIDTH, HEIGHT, f' fill="{back}"')
    for key, found in itertools.groupby(enumerate(text), key=lambda item: kind(item[1])):
        cells = [(left + index * WIDTH, character) for index, character in found]
        if key == "word":
            length = f' textLength="{len(cells) * WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
            bold = ' font-weight="bold"' * bool(style.bold)
            said = escape("".join(character for _, character in cells))
            place = f'x="{cells[0][0]:.1f}" y="{top + 13.5:.1f}"'
            yield f"<text {place}{length}{look}{bold}>{said}</text>"
        elif key == "block":
            for x, character in cells:
                tall = (HEIGHT - 3) * (ord(character) - ord("▁") + 1) / 8  # rows do not touch
                yield box(x, top + HEIGHT - tall, WIDTH, tall, look)
        elif key != "gap":
            pen = ' stroke-width="3" stroke-linecap="round"' if key == "dots" else ""
            path = "".join(strokes(x, top, character) for x, character in cells)
            yield f'<path stroke="{front}"{pen} fill="none" d="{path}"/>'


def kind(character: str) -> str:
    """Tell how a character is drawn."""
    if character in LINES:
        return "line"
    if "▁" <= character <= "█":
        return "block"
    return "gap" if character.isspace() else "dots" if "⠀" <= character <= "⣿" else "word"


def strokes(x: float, top: float, character: str) -> str:
    """Return the path of a line's arms or of braille dots."""
    middle = f"M{x + WIDTH / 2:.1f} {top + HEIGHT / 2:.1f}"
    ends = {"top": top, "bottom": top + HEIGHT, "left": f"{x:.1f}", "right": f"{x + WIDTH:.1f}"}
    if character in LINES:
        return "".join(middle + arm.format(**ends) for arm in LINES[character])
    bits = ord(character) - ord("⠀")
    lit = [place for bit, place in enumerate(DOTS) if bits >> bit & 1]
    return "".join(
        f"M{x + WIDTH * (a + 0.5) / 2:.1f} {top + HEIGHT * (b + 0.5) / 4:.1f}h0" for a, b in lit
    )


def box(x: float, y: float, width: float, height: float, look: str) -> str:
    """Return a filled rectangle."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"{look}{CRISP}/>'


def main(target: str, first: str = "1", last: str = "999") -> None:
    """Read a terminal's lines with their colours from stdin, and write the picture."""
    kept = sys.stdin.read().rstrip().split("\n")[int(first) - 1 : int(last)]
    console = Console(width=200, color_system="truecolor")
    text = Text.from_ansi("\n".join(kept))
    pieces, widest = [], 0
    for row, line in enumerate(text.split("\n")):
        column = 0
        for segment in line.render(console):
            pieces += shapes(row, column, segment.text, segment.style or Style())
            column += len(segment.text)
        widest = max(widest, column)
    size = f"{2 * EDGE + widest * WIDTH:.0f} {2 * EDGE + len(kept) * HEIGHT}"
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-size="14" '
    back = f'<rect width="100%" height="100%" rx="8" fill="{THEME.background_color.hex}"/>'
    body = "\n".join([f'{head}font-family="{FONT}">', back, *pieces])
    Path(target).write_text(f"{body}\n</svg>\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
