"""How long and how much memory `paramdyn analyze` needs for what it computes itself.

The parts are files beside this one, ``_analyze_NAME.py``, each with a function
``measure(images, rounds)``.

    python benchmarks/analyze_speed.py [--only cka,matching] [--images 10000] [--rounds 3]
"""

from __future__ import annotations

from _parts import arguments, chosen, measure_parts, parts

PREFIX = "_analyze_"


def main() -> None:
    """Measure and print one JSON object."""
    parser = arguments(__doc__, PREFIX, rounds=3)
    parser.add_argument(
        "--images",
        type=int,
        default=1000,
        help="images for CKA; the claim is about 10,000, which take the loop of hooks minutes",
    )
    options = parser.parse_args()
    measure_parts(
        PREFIX,
        chosen(parser, options.only, parts(PREFIX)),
        lambda measure: measure(options.images, options.rounds),
        claim="analyses: similarity of all layers, matching of features, alignment of large nets",
        unit="s",
    )


if __name__ == "__main__":
    main()
