"""Files, a web server that serves them, and an entry of the catalogue that names it."""

from __future__ import annotations

import hashlib
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from pipeline.weights import catalogue
from pipeline.weights.catalogue import Entry, Made, Pinned, Url, Wheels

SMALL, LARGE = b"configuration", bytes(range(256)) * 12_000
FILES = {"config.json": SMALL, "deep/model.bin": LARGE}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves `files`; keeps the requests; stalls after `stall_after` bytes of a file where that is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files = dict(FILES)
        self.requests: list[tuple[str, str | None, str | None]] = []
        self.stall_after: int | None = None
        self.url = f"http://127.0.0.1:{self.server_port}/{{file}}"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name, wanted = self.path[1:], self.headers["Range"]
        self.server.requests.append((name, wanted, self.headers["Authorization"]))
        data = self.server.files.get(name)
        start = int(re.findall(r"\d+", wanted)[0]) if wanted else 0
        if data is None or start >= len(data):
            self.send_error(404 if data is None else 416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        if self.server.stall_after is not None and len(data) > self.server.stall_after:
            self.wfile.write(data[start : self.server.stall_after])
            self.wfile.flush()
            time.sleep(30)
        self.wfile.write(data[start:])

    def log_message(self, format: str, *args: object) -> None:
        pass


NOWHERE = Url("http://127.0.0.1:1/{file}")


def known(monkeypatch: pytest.MonkeyPatch, *found: Url | Wheels | Made, **changes: object) -> Entry:
    files = tuple(Pinned(name, len(data), sha256(data)) for name, data in FILES.items())
    facts = {"name": "w", "purpose": "", "engine": "", "grade": "demo", "licence": "", "page": "https://page"}
    entry = Entry(**{**facts, "files": files, "sources": found, **changes})  # type: ignore[arg-type]
    monkeypatch.setattr(catalogue, "entries", lambda: (entry,))
    return entry
