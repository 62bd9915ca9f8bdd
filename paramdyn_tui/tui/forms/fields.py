"""What a form consists of: fields, and the rows in which they stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a field may be.

    Attributes:
        value: As it is typed.
        about: One line about it.
    """

    value: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that can be said.

    Attributes:
        key: Dotted name in the spec, or a name of the form's own.
        label: Stands before it; nothing where the row's title says it.
        options: What it may be; none: a text is typed.
        free: Whether other texts than its options are taken as well.
        chips: Whether all options are shown beside each other.
        width: Characters of its box.
        about: What it is, for the line of hints; an option's own words come first.
    """

    key: str
    label: str = ""
    options: tuple[Option, ...] = ()
    free: bool = False
    chips: bool = False
    width: int = 8
    about: str = ""

    @property
    def is_text(self) -> bool:
        """Whether it is typed letter by letter."""
        return not self.options

    def option(self, value: str) -> Option | None:
        """Return the option of that value."""
        return next((each for each in self.options if each.value == value), None)

    def matching(self, typed: str) -> list[Option]:
        """Return the options that a text may become: those that start with it come first."""
        wanted = typed.lower()
        first = [each for each in self.options if each.value.lower().startswith(wanted)]
        return first + [
            each for each in self.options if wanted in each.value.lower() and each not in first
        ]

    def meant(self, typed: str) -> str:
        """Return what a typed text stands for; nothing where it means no option."""
        typed = typed.strip()
        if self.option(typed) is not None:
            return typed
        found = self.matching(typed)
        own = self.free and (not found or any(sign in typed for sign in ":./,"))
        if own or not typed:
            return typed
        return found[0].value if found else ""


@dataclass(frozen=True, slots=True)
class FormRow:
    """Fields beside each other.

    Attributes:
        title: Stands at the left.
        fields: From left to right; what does not fit goes on below. None: an empty row.
    """

    title: str = ""
    fields: tuple[Field, ...] = ()


def with_value(options: tuple[Option, ...], value: str) -> tuple[Option, ...]:
    """Return options that hold a value, which may be one of a person's own."""
    if not value or any(each.value == value for each in options):
        return options
    return (*options, Option(value, "your own"))
