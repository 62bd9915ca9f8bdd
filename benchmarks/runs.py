"""Living with many runs: what a user waits for, fresh processes and all.

The parts are files beside this one, ``_runs_NAME.py``, each with a function
``measure(folder, rounds)`` that may write below ``folder``.

    python benchmarks/runs.py [--only ls,follower] [--rounds 7]
"""

from __future__ import annotations

from _parts import arguments, chosen, in_a_folder, measure_parts, parts

PREFIX = "_runs_"


def main() -> None:
    """Measure and print one JSON object."""
    parser = arguments(__doc__, PREFIX, rounds=7)
    options = parser.parse_args()
    wanted = chosen(parser, options.only, parts(PREFIX))
    call = in_a_folder(max(options.rounds, 5))
    measure_parts(PREFIX, wanted, call, claim="living with many runs", unit="s")


if __name__ == "__main__":
    main()
