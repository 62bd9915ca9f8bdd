"""Textual starts without what is never used of it; what is asked for after all, is there."""

import subprocess
import sys
from textwrap import dedent


def said(program):
    """Return what a program prints that begins where nothing of Textual is loaded."""
    words = [sys.executable, "-c", dedent(program)]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()


STARTED = """
import sys
from paramdyn_tui.tui.late_imports import imports_put_off
with imports_put_off():
    import textual.app
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
