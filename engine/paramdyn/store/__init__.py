"""Where a run is kept: its folder, written whole or not at all. numpy at most, no torch."""
