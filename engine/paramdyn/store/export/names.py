"""The tables of an export, by name."""

from __future__ import annotations

TABLES = {
    "runs": "one row a run: its spec, its state, its last metrics",
    "metrics": "one row a record: loss, accuracy, learning rate",
    "drift_totals": "one row a step and measurement: all parameters together",
    "drift": "one row a step, measurement and parameter",
    "events": "one row an event",
    "timing": "seconds of training and images a second",
    "parameters": "one row a parameter or buffer: layer, kind, shape",
    "spec": "one row a field of a run's spec",
    "snapshots": "one row a kept snapshot: step, file, size",
}
"""Table -> what it holds."""
