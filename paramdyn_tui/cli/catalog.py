"""``paramdyn catalog``: everything that can be named in a spec."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paramdyn_tui.cli.options import Json, Plugins

if TYPE_CHECKING:
    from paramdyn.registry import Registry

TORCH_OWNER = "torch.optim"


def catalog(
    kind: Annotated[
        str | None, typer.Argument(metavar="KIND", help="models, datasets, optimizers, ...")
    ] = None,
    plugin: Plugins = None,
    json: Json = False,
) -> None:
    """List what can be named in a spec or on the command line, with its options.

    \b
    paramdyn catalog                        everything
    paramdyn catalog models
    paramdyn catalog optimizers --json | jq '.optimizers[].name'
    paramdyn catalog --plugin mine.py       with the names that a file adds

    Names that no catalogue has can be given too: package.module:name for a model of one's own, and
    every class of torch.optim for an optimizer.
    """  # noqa: D301 - click's mark for lines that are not joined
    from paramdyn.plugins import load_plugins
    from paramdyn_tui.cli import output

    load_plugins([Path(path) for path in plugin or ()])
    registries = registries_of(kind)
    if json:
        output.result_json({registry.plural: names_in(registry) for registry in registries})
        return
    for index, registry in enumerate(registries):
        if index:
            output.result()
        _print(registry)


def registries_of(kind: str | None) -> list[Registry]:
    """Return the tables of one kind (plural or singular), or all of them.

    Raises:
        UnknownName: There is no such kind.
    """
    from paramdyn.catalogues import REGISTRIES
    from paramdyn.errors import UnknownName
    from paramdyn.registry import unknown_name

    if kind is None:
        return list(REGISTRIES)
    wanted = [r for r in REGISTRIES if kind.lower() in (r.plural, r.kind, r.kind.replace(" ", ""))]
    if not wanted:
        plurals = [registry.plural for registry in REGISTRIES]
        message = unknown_name("kind", kind, plurals, where="catalog", listing=", ".join(plurals))
        raise UnknownName(message)
    return wanted


def names_in(registry: Registry) -> list[dict[str, Any]]:
    """Return every name of one kind, with its options and who registered it."""
    from paramdyn.catalogues import OPTIMIZERS, TORCH_OPTIMIZERS

    found = [
        {
            "name": entry.name,
            "summary": entry.summary,
            "options": None if entry.options is None else dict(entry.options),
            "owner": entry.owner,
        }
        for entry in registry.entries()
    ]
    if registry is OPTIMIZERS:
        found += [
            {"name": name, "summary": f"torch.optim.{name}", "options": None, "owner": TORCH_OWNER}
            for name in TORCH_OPTIMIZERS
        ]
    return found


def _print(registry: Registry) -> None:
    from paramdyn_tui.cli import output

    rows = [
        [item["name"], item["summary"], _options_text(item["options"]), _owner_text(item["owner"])]
        for item in names_in(registry)
    ]
    output.result(f"{registry.plural} ({len(rows)})")
    columns = ["name", "what", "options", "from"]
    output.table(columns, rows, optional=("from",))


def _options_text(options: dict[str, Any] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (options or {}).items())


def _owner_text(owner: str) -> str:
    return "" if owner == "paramdyn" else owner
