"""Values of a spec as a form shows them and as the command line takes them."""

from __future__ import annotations

import json
import re
from typing import Any

_BARE_LAYERS = re.compile(r"[\w.*?|/@+-]+", re.ASCII)


def text_of(value: Any) -> str:  # noqa: ANN401 - any plain value of a spec
    """Return a value as a person types it: ``1e-6``, ``true``, ``0.9,0.999``; nothing for None.

    >>> text_of(1e-06), text_of(True), text_of([0.9, 0.999]), text_of(None)
    ('1e-6', 'true', '0.9,0.999', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, list | tuple):
        return ",".join(map(text_of, value))
    return str(value)


def _number(value: float) -> str:
    text = repr(value).removesuffix(".0")
    return re.sub(r"e([+-]?)0*(\d)", lambda found: f"e{found[1].strip('+')}{found[2]}", text)


def perturbation_text(parts: dict[str, str]) -> str:
    """Return what ``--perturb`` takes.

    Args:
        parts: ``name``, and as texts what else is said: ``amount``, ``layers``, ``norms``,
            ``buffers``, and other options. What is empty is left out.
    """
    said = {key: text.strip() for key, text in parts.items() if text.strip()}
    head = said.pop("name", "")
    if "amount" in said:
        head = f"{head}:{said.pop('amount')}"
    return ",".join([head, *(f"{key}={_quoted(key, text)}" for key, text in said.items())])


def _quoted(key: str, text: str) -> str:
    if key == "layers":
        return text if _BARE_LAYERS.fullmatch(text) else json.dumps(text, ensure_ascii=False)
    return json.dumps(text, ensure_ascii=False) if set(text) & set(',"') else text


def words_in(text: str) -> list[str]:
    """Return what stands between spaces; what is between quotes stays together.

    An unclosed quote is a letter like any other.
    """
    import shlex

    try:
        return shlex.split(text)
    except ValueError:
        return text.split()
