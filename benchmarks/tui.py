"""The application as a person meets it: through a real pseudo-terminal, fresh processes and all.

The parts are files beside this one, ``_tui_NAME.py``, each with a function
``measure(folder, rounds)``.

    python benchmarks/tui.py [--only start,keys] [--rounds 5]
"""

from __future__ import annotations

from _parts import arguments, chosen, in_a_folder, measure_parts, parts

PREFIX, NO_PARTS = "_tui_", ("terminal",)


def main() -> None:
    """Measure and print one JSON object."""
    parser = arguments(__doc__, PREFIX, rounds=5, but=NO_PARTS)
    options = parser.parse_args()
    wanted = chosen(parser, options.only, parts(PREFIX, NO_PARTS))
    measure_parts(
        PREFIX,
        wanted,
        in_a_folder(options.rounds),
        claim="the application through a pseudo-terminal of 120x36",
        unit="s, unless the name says another",
    )


if __name__ == "__main__":
    main()
