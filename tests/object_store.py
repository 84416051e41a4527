"""A real S3 server for tests: moto's, in a process of its own, gone after them."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from pipeline.objects import ObjectPlace, bucket

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "lab", "AWS_SECRET_ACCESS_KEY": "lab-secret"}
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@contextmanager
def serving(port: int) -> Iterator[str]:
    """Its address."""
    where = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, env={**os.environ, **CREDENTIALS}, **QUIET)  # type: ignore[call-overload]
    try:
        end = time.monotonic() + 60
        while not _answers(where):
            assert server.poll() is None and time.monotonic() < end
            time.sleep(0.1)
        yield where
    finally:
        server.kill()
        server.wait()


def _answers(where: str) -> bool:
    try:
        return httpx.get(f"{where}/moto-api/", trust_env=False, timeout=2).is_success
    except httpx.HTTPError:
        return False


def fresh(endpoint: str, prefix: str = "lab/vault") -> ObjectPlace:
    """An empty prefix in a bucket of its own."""
    name = f"b-{secrets.token_hex(8)}"
    httpx.put(f"{endpoint}/{name}", trust_env=False).raise_for_status()
    return bucket(f"s3://{name}/{prefix}", endpoint)
