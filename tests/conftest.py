"""For every test: no test touches a person's own home, and property tests find the same examples on every machine."""

from __future__ import annotations

import importlib
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings


def _import_pipeline_and_keep_the_hard_limit_of_core_dumps() -> None:
    """Whoever imports it may leave no core dumps any more, nor let a child: tests would see none in any case."""
    try:
        import resource
    except ImportError:  # Windows
        return
    lower = resource.setrlimit
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(resource, "setrlimit", lambda which, to: lower(which, (to[0], resource.getrlimit(which)[1])))
        importlib.import_module("pipeline")


_import_pipeline_and_keep_the_hard_limit_of_core_dumps()

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "ORT_DISABLE_TELEMETRY": "1",
    "PYANNOTE_METRICS_ENABLED": "0",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
os.environ.update(QUIET)

settings.register_profile("house", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "house"))


@pytest.fixture(scope="session", autouse=True)
def hasty_disk() -> Iterator[None]:
    """No waiting for the disk: what tests write need not outlive a power cut. What is killed is killed all the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session", autouse=True)
def nobodys_home() -> Iterator[None]:
    """CHAEROK_HOME of whoever forgets to set one."""
    before = os.environ.get("CHAEROK_HOME")
    with tempfile.TemporaryDirectory(prefix="chaerok-tests-", ignore_cleanup_errors=True) as folder:
        os.environ["CHAEROK_HOME"] = str(Path(folder) / "home")
        yield
    os.environ.pop("CHAEROK_HOME")
    if before is not None:
        os.environ["CHAEROK_HOME"] = before


@pytest.fixture(scope="session")
def object_store() -> Iterator[str]:
    """The address of an S3 server; its credentials are in the environment from then on."""
    import object_store

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in object_store.CREDENTIALS.items():
            patch.setenv(name, value)
        with object_store.serving(port) as endpoint:
            yield endpoint
