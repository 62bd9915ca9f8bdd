"""Textual's styles, each parsed once: by itself it parses all of them anew for a new screen."""

from __future__ import annotations

from collections.abc import Mapping

from textual.css.stylesheet import Stylesheet


class OnceParsed(Stylesheet):
    """A style sheet that parses what is new in it, and all of it only for other variables.

    Args:
        variables: Name of a variable -> its value.
    """

    def __init__(self, *, variables: Mapping[str, str]) -> None:
        self._parsed_with = dict(variables)
        super().__init__(variables=dict(variables))

    def set_variables(self, variables: dict[str, str]) -> None:
        """Forget what was parsed, if it was with other variables."""
        if variables != self._parsed_with:
            self._parsed_with = dict(variables)
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what is not parsed yet; where that fails, the rules before it stand."""
        self.parse()
