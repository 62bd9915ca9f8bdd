"""From records and snapshots to answers."""
