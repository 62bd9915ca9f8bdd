"""NaN and infinities in JSON, which has no numbers for them: the strings "nan", "inf", "-inf".

They are results. Text that happens to be one of these words is told apart by the name of its
field: the fields in ``TEXT_FIELDS`` hold text, all others numbers.
"""

from __future__ import annotations

import math
from typing import Any

NON_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}

TEXT_FIELDS = frozenset(
    {"event", "file", "id", "layer", "measurement", "message", "name", "parameter", "path",
     "reason", "status", "text"}
)  # fmt: skip
"""Fields whose content is never turned into a number."""


def plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` with each NaN and infinity replaced by its word."""
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def restore(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Return ``value`` with each of the three words replaced by its number."""
    if isinstance(value, str):
        return NON_FINITE.get(value, value)
    if isinstance(value, list):
        return [restore(item) for item in value]
    if isinstance(value, dict):
        return {key: item if key in TEXT_FIELDS else restore(item) for key, item in value.items()}
    return value
