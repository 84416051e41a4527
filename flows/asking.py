"""Asking our Prefect server for a run in two small requests, without importing Prefect (which takes seconds).

A run's key is what makes asking twice harmless: the interview, what people have given for it, and why it is to run. The
server makes one run of each key, however often and from wherever it is asked for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flows import server
from pipeline.interview import InterviewId, Source
from pipeline.places import Home
from pipeline.settings import Server, load
from pipeline.stores.register import digest, read_register
from pipeline.stores.vault import Vault
from pipeline.transcript import Approval, Corrections

TIMEOUT_SECONDS = 10
PATIENCE = (1.0, 5.0)
"""Seconds before what a busy server did not answer is asked again."""
GIVEN = (Source, Corrections, Approval)
"""What people give."""


def prefix(vault: Vault, interview: InterviewId) -> str:
    """The beginning that the keys of all runs share which had the same to work on."""
    made = [stamp.made if (stamp := vault.stamp(interview, kind)) else "" for kind in GIVEN]
    return f"{interview}:{hashlib.sha256('|'.join(made).encode()).hexdigest()}:"


def key(vault: Vault, interview: InterviewId, attempt: str = "") -> str:
    """The key of a run. Without `attempt` it is for what the study's register knows now: a new name, a new run."""
    return prefix(vault, interview) + (attempt or f"register:{_known(vault, interview.study)}")


def _known(vault: Vault, study: str) -> str:
    return digest(read_register(Home.here().registers, study, vault.identity))


def insist(where: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    """As `ask`, and again where the server was too busy. For what does no harm twice. Raises OSError, ValueError."""
    for wait in PATIENCE:
        try:
            return ask(where, path, body)
        except (TimeoutError, urllib.error.HTTPError) as error:
            if isinstance(error, urllib.error.HTTPError) and error.code < HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
            time.sleep(wait)
    return ask(where, path, body)


def ask(where: Server, path: str, body: dict[str, Any] | None = None) -> Any:
    """What the server answers, parsed: to a GET, or to a POST of `body`. Raises OSError, ValueError."""
    request = urllib.request.Request(f"{server.url(where)}/api/{path}")
    request.add_header("Content-Type", "application/json")
    if password := os.environ.get("PREFECT_API_AUTH_STRING") or os.environ.get("PREFECT_SERVER_API_AUTH_STRING"):
        request.add_header("Authorization", "Basic " + base64.b64encode(password.encode()).decode())
    data = json.dumps(body).encode() if body is not None else None
    with server.directly().open(request, data, TIMEOUT_SECONDS) as answer:
        return json.load(answer)


def serving(home: Home) -> Server | None:
    """Where this home's server answers; None where it does not run."""
    where = server.running(home, load(home).server)
    return where if where and server.is_up(where) else None


def runs(vault: Vault, interviews: Iterable[InterviewId]) -> tuple[InterviewId, ...]:
    """Ask for a run of each, where `chaerok up` is there to do it; those that will run."""
    where = serving(Home.here())
    asked: list[InterviewId] = []
    if where is None:
        return ()
    with suppress(OSError, ValueError):  # a server without our deployments, as that of the demo; or it has just ended
        deployment = insist(where, "deployments/name/process/process")["id"]
        for interview in interviews:
            body = {
                "name": str(interview),
                "parameters": {"interview": str(interview)},
                "idempotency_key": key(vault, interview),
                "state": {"type": "SCHEDULED"},
            }
            insist(where, f"deployments/{deployment}/create_flow_run", body)
            asked.append(interview)
    return tuple(asked)
