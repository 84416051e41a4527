"""Vaults of both kinds: in a folder, and in a bucket of a real S3 server."""

from __future__ import annotations

from pathlib import Path

import object_store
import pytest

from pipeline.place import Place
from pipeline.stores import locks


@pytest.fixture(params=["folder", "bucket"])
def root(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """Where a vault may be; a lease that is not renewed is over in a second."""
    if request.param == "folder":
        return tmp_path / "vault"
    monkeypatch.setattr(locks, "LEASE_SECONDS", 1.0)
    return object_store.fresh(request.getfixturevalue("object_store"))


@pytest.fixture(params=["folder", "bucket"], scope="module")
def lasting_root(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same for all tests of a file."""
    if request.param == "folder":
        return tmp_path_factory.mktemp("vault")
    return object_store.fresh(request.getfixturevalue("object_store"))
