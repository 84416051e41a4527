"""The programs: as fakes always, as real servers in slow tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from programs import Program, fake_label_studio, fake_taguette
from real_servers import Running, label_studio_running, real_label_studio, real_taguette, taguette_running


@pytest.fixture(scope="session")
def taguette_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from taguette_running(request, tmp_path_factory)


@pytest.fixture(scope="session")
def label_studio_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    yield from label_studio_running(request, tmp_path_factory)


FAKES = {"fake taguette": fake_taguette, "fake label studio": fake_label_studio}
REAL = {"taguette": real_taguette, "label studio": real_label_studio}
slow = (pytest.mark.slow, pytest.mark.timeout(1800))


@pytest.fixture(params=[*FAKES, *(pytest.param(name, marks=slow) for name in REAL)])
def program(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """Each of them."""
    folder = tmp_path / "store"
    return FAKES[request.param](folder) if request.param in FAKES else REAL[request.param](request, folder)


@pytest.fixture(params=[*FAKES])
def fake(request: pytest.FixtureRequest, tmp_path: Path) -> Program:
    """The fakes alone: whose faults can be chosen."""
    return FAKES[request.param](tmp_path / "store")
