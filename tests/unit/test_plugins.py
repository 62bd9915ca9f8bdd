from __future__ import annotations

import sys

import pytest

from paramdyn import catalogues
from paramdyn.errors import PluginError
from paramdyn.plugins import load_plugins, module_name

PLUGIN = """
from __future__ import annotations
from dataclasses import dataclass
from paramdyn import catalogues

@dataclass
class Box:
    size: int = 3

@catalogues.SCHEDULES.register("boxed")
def boxed(progress):
    "Always the box's size."
    return Box().size
"""


@pytest.fixture(autouse=True)
def _forget_plugins(monkeypatch):
    for registry in catalogues.REGISTRIES:
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        monkeypatch.setattr(registry, "_objects", dict(registry._objects))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("_paramdyn_plugin_"):
            del sys.modules[name]


def written(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def refused(path):
    with pytest.raises(PluginError) as caught:
        load_plugins([path])
    return str(caught.value)


def test_a_plugin_registers_names(tmp_path):
    load_plugins([written(tmp_path / "my-box.py", PLUGIN)])
    assert 3 == catalogues.SCHEDULES.get("boxed")(None)
    assert "Always the box's size." == catalogues.SCHEDULES.entry("boxed").summary
    assert not list(tmp_path.glob("__pycache__"))


def test_no_plugin_is_fine():
    assert load_plugins([]) is None


def test_a_plugin_and_its_copy_are_executed_once(tmp_path):
    trace = tmp_path / "trace.txt"
    text = f"{PLUGIN}\nwith open({str(trace)!r}, 'a') as file:\n    file.write('run')\n"
    path = written(tmp_path / "box.py", text)
    copy = written(tmp_path / "run" / "plugins" / "box.py", text)
    load_plugins([path, path, copy])
    load_plugins([copy])
    assert "boxed" in catalogues.SCHEDULES
    assert "run" == trace.read_text()


def test_plugins_run_in_order(tmp_path):
    register = "from paramdyn.catalogues import SCHEDULES\nSCHEDULES.register('{}')(print)\n"
    files = [written(tmp_path / f"{n}.py", register.format(n)) for n in ("zz", "aa")]
    load_plugins(files)
    assert ["zz", "aa"] == catalogues.SCHEDULES.names()[-2:]


def test_a_taken_name_names_file_and_line(tmp_path):
    path = written(tmp_path / "box.py", PLUGIN.replace("boxed", "cosine"))
    message = refused(path)
    assert message.startswith(f"{path}: line 10: learning-rate schedule 'cosine' is registered ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\nimport no_such_module_anywhere", "line 2: ModuleNotFoundError: No module named"),
        ("def f():\n    1 / 0\n\nf()", "line 2: ZeroDivisionError: division by zero."),
        ("x = (", "line 1: SyntaxError: '(' was never closed."),
        ("raise SystemExit", "line 1: SystemExit."),
        ("from paramdyn.catalogues import MODELS\nMODELS.get('q')", "line 2: UnknownName: unknown"),
        ("import json\njson.loads('')", "line 2: JSONDecodeError: Expecting value"),
        ("x = '\x00'", "source code string cannot contain null bytes"),
    ],
)
def test_what_a_plugin_raises_is_explained(tmp_path, text, message):
    path = written(tmp_path / "broken.py", text)
    found = refused(path)
    assert found.startswith(f"{path}: ")
    assert message in found
    assert module_name(path, path.read_bytes()) not in sys.modules


def test_an_interrupt_is_no_plugin_error(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        load_plugins([written(tmp_path / "slow.py", "raise KeyboardInterrupt")])


def test_absent_file_and_folder(tmp_path):
    assert f"{tmp_path / 'none.py'}: no such file. A plug-in is" in refused(tmp_path / "none.py")
    assert "Is a directory" in refused(tmp_path)
