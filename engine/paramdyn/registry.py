"""Tables from names to things that are imported only when they are used.

A registry can be listed, checked and completed without importing what it lists: an entry is the
text ``"module:attribute"`` until somebody asks for it. Users add entries with ``register`` in a
plug-in file, or with an entry point in the group ``paramdyn.<kind>``.
"""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from paramdyn.errors import PluginError, UnknownName

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One named thing.

    Attributes:
        name: What users write.
        target: Where it is, ``"module:attribute"``.
        summary: One line about it.
        options: The options it takes with their defaults; None when only its own signature knows.
        owner: Who registered it.
    """

    name: str
    target: str
    summary: str = ""
    options: Mapping[str, Any] | None = None
    owner: str = "paramdyn"


def nearest_names(name: str, known: list[str] | tuple[str, ...], count: int = 3) -> list[str]:
    """Return up to ``count`` known names that look like ``name``, nearest first."""
    lowered = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name.lower(), list(lowered), n=count, cutoff=0.5)
    return [lowered[key] for key in found]


def unknown_name(kind: str, name: str, known: list[str], *, where: str = "", listing: str) -> str:
    """Say that ``name`` is unknown, what it may have meant, and where all names are listed."""
    prefix = f"{where}: " if where else ""
    near = nearest_names(name, known)
    hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    return f"{prefix}unknown {kind} '{name}'.{hint} All names: {listing}."


class Registry:
    """Names of one kind (``"model"``, ``"optimizer"``, ...), resolved on first use.

    Args:
        kind: Singular noun, used in messages.
        plural: Plural noun: the catalogue's title and the entry-point group ``paramdyn.<plural>``.
        entries: The built-in entries.
    """

    def __init__(self, kind: str, plural: str, entries: list[Entry]) -> None:
        self.kind = kind
        self.plural = plural
        self._entries = {entry.name: entry for entry in entries}
        self._objects: dict[str, Any] = {}
        self._entry_points_read = False

    def __contains__(self, name: object) -> bool:
        """Tell whether ``name`` is registered."""
        self._read_entry_points_unless(name in self._entries)
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        """Iterate over all names, built-in ones first."""
        self._read_entry_points_unless(False)
        return iter(self._entries)

    def entries(self) -> list[Entry]:
        """Return every entry, built-in ones first."""
        self._read_entry_points_unless(False)
        return list(self._entries.values())

    def names(self) -> list[str]:
        """Return every name, built-in ones first."""
        return list(self)

    def entry(self, name: str) -> Entry:
        """Return the entry of ``name``, its target not imported.

        Raises:
            UnknownName: No such name.
        """
        if name not in self:
            raise UnknownName(self.unknown(name))
        return self._entries[name]

    def unknown(self, name: str, where: str = "") -> str:
        """Return the message that says ``name`` is not registered."""
        listing = f"paramdyn catalog {self.plural}"
        return unknown_name(self.kind, name, self.names(), where=where, listing=listing)

    def get(self, name: str) -> Any:  # noqa: ANN401 - a registry holds anything
        """Import and return what ``name`` stands for.

        Raises:
            UnknownName: No such name.
            PluginError: The name's target cannot be imported.
        """
        entry = self.entry(name)
        if name not in self._objects:
            module_name, _, attribute = entry.target.partition(":")
            try:
                self._objects[name] = getattr(importlib.import_module(module_name), attribute)
            except (ImportError, AttributeError) as error:
                message = (
                    f"{self.kind} '{name}' ({entry.owner}): cannot import '{entry.target}': {error}"
                )
                raise PluginError(message) from error
        return self._objects[name]

    def register(
        self,
        name: str,
        *,
        summary: str = "",
        options: Mapping[str, Any] | None = None,
        owner: str = "plug-in",
    ) -> Callable[[T], T]:
        """Register the decorated object under ``name``.

        Raises:
            PluginError: The name is taken by another owner.
        """

        def add(thing: T) -> T:
            known = self._entries.get(name)
            target = f"{getattr(thing, '__module__', '?')}:{getattr(thing, '__qualname__', '?')}"
            if known is not None and (known.owner, known.target) != (owner, target):
                raise PluginError(
                    f"{self.kind} '{name}' is registered twice: by {known.owner} "
                    f"({known.target}) and by {owner} ({target}). Choose another name."
                )
            text = summary or (getattr(thing, "__doc__", None) or "").strip().partition("\n")[0]
            self._entries[name] = Entry(name, target, text, options, owner)
            self._objects[name] = thing
            return thing

        return add

    def _read_entry_points_unless(self, found: bool) -> None:
        if found or self._entry_points_read:
            return
        self._entry_points_read = True
        from importlib.metadata import entry_points  # 50 ms: only when a name is not built in

        for point in entry_points(group=f"paramdyn.{self.plural}"):
            owner = point.dist.name if point.dist is not None else "entry point"
            known = self._entries.get(point.name)
            if known is not None:
                raise PluginError(
                    f"{self.kind} '{point.name}' is registered twice: by {known.owner} "
                    f"({known.target}) and by {owner} ({point.value}). Uninstall one of them."
                )
            self._entries[point.name] = Entry(point.name, point.value, f"from {owner}", None, owner)
