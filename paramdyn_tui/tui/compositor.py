"""Textual's compositor, asking only those widgets for their lines that show in what has changed.

By itself it asks every widget within the rectangle around all changes, and the containers behind
them: where two corners of the screen have changed, all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip

Render = tuple[Region, Region, list[Strip]]
"""A widget's region, what of it is not cut off, and its lines there."""


class NarrowCompositor(Compositor):
    """Renders what has changed on a screen."""

    _changed: frozenset[Region] = frozenset()

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what has changed; None where nothing has."""
        self._changed = frozenset(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = frozenset()

    def _get_renders(self, crop: Region | None = None) -> Iterable[Render]:
        return self._showing() if self._changed else super()._get_renders(crop)

    def _showing(self) -> Iterator[Render]:
        """Render widgets from front to back until all that has changed is covered."""
        left = [region.corners for region in self._changed]
        for widget, (region, clip) in self.visible_widgets.items():
            here = region.intersection(clip)
            x, y, right, bottom = here.corners
            if not any(x < c and a < right and y < d and b < bottom for a, b, c, d in left):
                continue
            yield region, clip, widget.render_lines(here.translate(-region.offset))
            left = [
                (a, b, c, d)
                for a, b, c, d in left
                if a < x or b < y or c > right or d > bottom  # else this widget covers it
            ]
            if not left:
                return
