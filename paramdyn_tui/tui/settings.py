"""What is remembered from one session to the next, and what the user has configured.

Remembered (theme, layout, axes) in ``tui.json`` of the user's state folder, written whole soon
after a change and when the application is left. Configured by hand in ``tui.toml`` of the user's
configuration folder::

    theme = "light"
    [keys]
    "charts.log_y" = "ctrl+l"

Neither is needed: a file that is absent is empty, and one that cannot be read is said, not fatal.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass
class Settings:
    """What is remembered.

    Attributes:
        theme: Name of the theme.
        side: Width of side panes, in percent of the screen.
        axis: What runs to the right of charts.
        smoothing: Weight of the exponential average, 0 for none.
        log: Quantities whose charts are logarithmic, such as ``loss``.
        log_x: Whether what runs to the right of charts is logarithmic.
        measure: What heatmaps show.
        normalise: Whether each layer of a heatmap is compared with itself.
        heat_log: Whether levels of heatmaps are equal ratios.
        layer_sort: Order of layers: ``depth``, ``value`` or ``name``.
        layers: Pattern of the parameters that the layers screen shows; empty: all.
        metrics: Pattern of the metrics that have charts; empty: the usual ones.
        sort: Keys that runs are sorted by, as ``ls --sort`` takes them.
        group: Keys that runs are grouped by, as ``ls --group`` takes them.
        query: The filter of the list of runs.
        metric: The metric that the list of runs shows.
        references: Whether chance level and targets are drawn.
        targets: Quantity, such as ``accuracy`` -> the value that it is to reach.
    """

    theme: str = "dark"
    side: int = 34
    axis: str = "epoch"
    smoothing: float = 0.0
    log: list[str] = field(default_factory=list)
    log_x: bool = False
    measure: str = "relative_displacement"
    normalise: bool = False
    heat_log: bool = False
    layer_sort: str = "depth"
    layers: str = ""
    metrics: str = ""
    sort: str = ""
    group: str = ""
    query: str = ""
    metric: str = ""
    references: bool = True
    targets: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Configuration:
    """What the user has configured.

    Attributes:
        theme: Name of a theme; empty: the remembered one.
        keys: Id of an action -> its keys.
        problems: What is wrong with the file, in words.
    """

    theme: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def state_path() -> Path:
    """Return where the application remembers its layout."""
    import platformdirs

    return Path(platformdirs.user_state_dir("paramdyn", appauthor=False)) / "tui.json"


def configuration_path() -> Path:
    """Return where the user configures the application."""
    import platformdirs

    return Path(platformdirs.user_config_dir("paramdyn", appauthor=False)) / "tui.toml"


def load_settings(path: Path) -> Settings:
    """Return what was remembered; what is not as this version writes it is as at the first time."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return Settings()
    usual = Settings()
    known = found if isinstance(found, dict) else {}
    kept = {
        each.name: known[each.name]
        for each in fields(Settings)
        if each.name in known and _is_like(known[each.name], getattr(usual, each.name))
    }
    return Settings(**kept)


def save_settings(settings: Settings, path: Path) -> None:
    """Remember; where the folder cannot be written, nothing is remembered and nothing is said."""
    from paramdyn.errors import StoreError
    from paramdyn.store.atomic import write_whole

    with contextlib.suppress(OSError, StoreError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, json.dumps(asdict(settings), indent=1).encode())


def load_configuration(path: Path) -> Configuration:
    """Return what the user has configured, and what of it is wrong."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Configuration()
    except OSError as error:
        return Configuration(problems=(f"{path}: cannot be read: {error}. Correct or delete it.",))
    import tomllib

    try:
        found = tomllib.loads(content.decode())
    except ValueError as error:
        return Configuration(problems=(f"{path}: cannot be read: {error}. Correct or delete it.",))
    problems = [
        f"{path}: unknown entry '{name}'. Known: theme, keys. Delete it."
        for name in found
        if name not in ("theme", "keys")
    ]
    theme = found.get("theme", "")
    if not isinstance(theme, str):
        problems.append(f'{path}: theme is {theme!r}. Expected a name, such as "dark".')
        theme = ""
    return Configuration(theme, _keys(found.get("keys", {}), path, problems), tuple(problems))


def _keys(found: Any, path: Path, problems: list[str]) -> dict[str, str]:  # noqa: ANN401 - TOML
    from paramdyn.registry import nearest_names
    from paramdyn_tui.tui.actions.table import BY_ID

    if not isinstance(found, dict):
        problems.append(f"{path}: keys is {found!r}. Expected a table: [keys].")
        return {}
    kept = {}
    for name, keys in found.items():
        if name not in BY_ID:
            near = nearest_names(name, list(BY_ID))
            hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
            problems.append(
                f"{path}: keys: unknown action '{name}'.{hint} All: press ? in the application."
            )
        elif not isinstance(keys, str) or not keys.strip():
            problems.append(f'{path}: keys: {name} is {keys!r}. Expected keys such as "ctrl+l".')
        else:
            kept[name] = keys
    return kept


def _is_like(value: object, usual: object) -> bool:
    if isinstance(usual, bool) or isinstance(value, bool):
        return type(value) is type(usual)
    if isinstance(usual, float):
        return isinstance(value, int | float)
    if isinstance(usual, dict):
        return isinstance(value, dict) and all(_is_finite(each) for each in value.values())
    if isinstance(usual, list):
        return isinstance(value, list) and all(isinstance(each, str) for each in value)
    return isinstance(value, type(usual))


def _is_finite(value: object) -> bool:
    return type(value) in (int, float) and abs(value) < float("inf")  # type: ignore[arg-type]
