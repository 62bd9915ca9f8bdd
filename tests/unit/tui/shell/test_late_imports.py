"""Textual and numpy start without what is never used; what is asked for after all, is there."""

import subprocess
import sys
from textwrap import dedent


def said(program):
    """Return what a program prints that begins where nothing of Textual is loaded."""
    words = [sys.executable, "-c", dedent(program)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()


STARTED = """
import sys
from paramdyn_tui.late_imports import OF_TEXTUAL, imports_put_off
with imports_put_off(OF_TEXTUAL):
    import textual.app
"""
NUMPY = """
import sys
from paramdyn_tui.late_imports import OF_NUMPY, imports_put_off
with imports_put_off(OF_NUMPY):
    import numpy as np
"""


def test_textual_loads_without_them():
    assert [] == said(
        STARTED + "print(*{'ssl', 'tempfile', 'textual.command', 'uuid'} & {*sys.modules})"
    )


def test_a_late_name_is_what_it_stands_for():
    assert ["4", "True", "False", "CommandPalette"] == said(
        STARTED
        + """
from textual.app import CommandPalette, uuid
print(uuid.uuid4().version)
import uuid as whole
print(isinstance(whole.uuid4(), uuid.UUID), isinstance(4, uuid.UUID))
print(CommandPalette.run_on_select and CommandPalette().__class__.__name__)
"""
    )


def test_who_imports_them_later_gets_them_whole():
    assert ["True", "True"] == said(
        STARTED
        + """
import ssl, tempfile
print(hasattr(ssl, "SSLContext"), tempfile.gettempdir().startswith("/"))
"""
    )


def test_what_is_loaded_already_stays():
    assert ["True", "True"] == said(
        """
import ssl, uuid
before = ssl, uuid
"""
        + STARTED
        + """
print((sys.modules["ssl"], sys.modules["uuid"]) == before, textual.app.uuid is uuid)
"""
    )


def test_numpy_loads_without_linear_algebra_and_types():
    assert [] == said(NUMPY + "print(*{'numpy.linalg', 'numpy._typing'} & {*sys.modules})")


def test_linear_algebra_is_there_when_it_is_used():
    assert ["5.0", "3.0", "[2.0,", "1.0]", "[[0.5]]", "9.0", "True"] == said(
        NUMPY
        + """
print(np.linalg.norm([3.0, 4.0]), np.linalg.det([[3.0]]).round(6))
print(np.polyfit([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], 1).round(6).tolist())
print(np.linalg.inv(np.array([[2.0]])).tolist(), (np.asmatrix([[3.0]]) ** 2).item())
import numpy.linalg
print(np.linalg is sys.modules["numpy.linalg"] and numpy.linalg.LinAlgError is not None)
"""
    )


def test_a_run_is_drawn_without_linear_algebra(tmp_path):
    assert [] == said(
        f"""
import sys
from pathlib import Path
from paramdyn_tui.watching.run_watch import RunWatch
watch = RunWatch(Path({str(tmp_path)!r}))
watch.look()
import paramdyn_tui.tui.widgets.chart_picture, paramdyn_tui.tui.run_panes.heat_rows
assert "numpy" in sys.modules
print(*{{"numpy.linalg", "numpy._typing"}} & {{*sys.modules}})
"""
    )


def test_how_a_run_stands_is_seen_without_numpy(tmp_path):
    assert ["removed", "False"] == said(
        f"""
import sys
from pathlib import Path
from paramdyn_tui.watching.run_watch import RunWatch
watch = RunWatch(Path({str(tmp_path / "gone")!r}))
watch.glance()
print(watch.view().status, "numpy" in sys.modules)
"""
    )
