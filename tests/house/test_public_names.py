"""The front page of the library, and the catalogues, tell the truth."""

import importlib
import pkgutil
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

import paramdyn
from paramdyn.catalogues import REGISTRIES
from paramdyn_tui.cli.app import app

ROOT = Path(__file__).parents[2]
PACKAGES = [
    "paramdyn",
    *(m.name for m in pkgutil.walk_packages(paramdyn.__path__, "paramdyn.") if m.ispkg),
]
ENTRIES = [(registry, entry) for registry in REGISTRIES for entry in registry.entries()]


def test_version_is_the_package_s():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == paramdyn.__version__


def test_version_can_be_asked_for():
    assert paramdyn.__version__ == CliRunner().invoke(app, ["--version"]).stdout.strip()


@pytest.mark.parametrize("package", PACKAGES)
def test_all_names_exist(package):
    module = importlib.import_module(package)
    names = getattr(module, "__all__", [])
    assert sorted(set(names)) == sorted(names)
    assert [] == [name for name in names if not hasattr(module, name)]


@pytest.mark.parametrize("package", PACKAGES)
def test_all_holds_what_the_package_itself_defines(package):
    module = importlib.import_module(package)
    defined = {
        name
        for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", "") == package
    }
    assert set() == defined - set(getattr(module, "__all__", []))


def test_unknown_public_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'paramdyn' has no attribute 'nothing'"):
        paramdyn.nothing  # noqa: B018


def test_dir_lists_the_public_names():
    assert set(paramdyn.__all__) <= set(dir(paramdyn))


@pytest.mark.parametrize(
    ("registry", "entry"), ENTRIES, ids=[f"{r.plural}-{e.name}" for r, e in ENTRIES]
)
def test_catalogue_entry_resolves_and_is_described(registry, entry):
    assert entry.summary
    assert registry.get(entry.name) is not None
