"""Catalogues that forget what a test registers."""

from __future__ import annotations

import pytest

from paramdyn import catalogues


@pytest.fixture
def restored_catalogues(monkeypatch):
    for registry in catalogues.REGISTRIES:
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
        monkeypatch.setattr(registry, "_objects", dict(registry._objects))
    return catalogues
