"""Taguette and Label Studio as far as we speak with them, in memory: what they answer was seen on the real ones.

Faults are theirs to have: `fault` is asked before every request, and may answer instead or raise.
"""

from __future__ import annotations

import html
import itertools
import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import httpx

Fault = Callable[[httpx.Request, int], httpx.Response | None]


def no_fault(request: httpx.Request, number: int) -> httpx.Response | None:
    return None


class Fake:
    """What both have: numbers, a fault, a transport."""

    def __init__(self) -> None:
        self.fault: Fault = no_fault
        self.asked: list[httpx.Request] = []
        self.numbers = itertools.count(1)
        self.projects: dict[str, dict[str, Any]] = {}

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.serve)

    def serve(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self.fault(request, len(self.asked)) or self.answer(request)

    def answer(self, request: httpx.Request) -> httpx.Response:
        for pattern, work in self.routes():
            if match := re.fullmatch(pattern, f"{request.method} {request.url.path}"):
                return work(request, *match.groups())
        return httpx.Response(404, text="<h1>Error 404</h1> Taguette 1.5.2")

    def routes(self) -> list[tuple[str, Callable[..., httpx.Response]]]:
        raise NotImplementedError

    def new(self) -> str:
        return str(next(self.numbers))


def number_of_faults(number: int, what: httpx.Response | Exception) -> Fault:
    """The request with this number goes wrong, the others do not."""

    def fault(request: httpx.Request, at: int) -> httpx.Response | None:
        if at != number:
            return None
        if isinstance(what, Exception):
            raise what
        return what

    return fault


class FakeTaguette(Fake):
    """1.5.2 in its multi-user form."""

    version = "1.5.2"
    multiuser = True

    def __init__(self) -> None:
        super().__init__()
        self.users = {"chaerok": "secret", "kim": "k", "lee": "l"}

    def routes(self) -> list[tuple[str, Callable[..., httpx.Response]]]:
        at, number = "/api/project/([0-9]+)", "([0-9]+)"
        return [
            ("GET /login", self.login_page), ("POST /login", self.login), ("GET /", self.index),
            ("POST /project/new", self.project_new), (f"GET /project/{number}", self.page),
            ("POST /api/check_user", self.check_user), (f"PATCH {at}/members", self.members),
            (f"POST {at}/tag/new", self.tag), (f"POST {at}/tag/{number}", self.tag),
            (f"DELETE {at}/tag/{number}", self.tag_gone), (f"POST {at}/document/new", self.document_new),
            (f"GET {at}/document/{number}/contents", self.contents), (f"GET {at}/document/{number}", self.document),
            (f"DELETE {at}/document/{number}", self.document_gone),
            (f"POST {at}/document/{number}/highlight/new", self.highlight),
        ]  # fmt: skip

    def login_page(self, request: httpx.Request) -> httpx.Response:
        headers = {"server": f"Taguette/{self.version}", "set-cookie": "_xsrf=token; Path=/"}
        return httpx.Response(200 if self.multiuser else 404, headers=headers, text="<form>")

    def login(self, request: httpx.Request) -> httpx.Response:
        form = {key: value[0] for key, value in parse_qs(request.content.decode()).items()}
        if form["_xsrf"] != "token":
            return httpx.Response(403)
        right = self.users.get(form["login"]) == form.get("password")
        return httpx.Response(303, headers={"location": "/"}) if right else httpx.Response(200, text="wrong")

    def index(self, request: httpx.Request) -> httpx.Response:
        links = "".join(f'<a href="/project/{id}">{html.escape(p["name"])}</a>' for id, p in self.projects.items())
        return httpx.Response(200, text=links)

    def project_new(self, request: httpx.Request) -> httpx.Response:
        name = parse_qs(request.content.decode())["name"][0]
        if not 0 < len(name) <= 50:
            return httpx.Response(200, text="too long")
        id = self.new()
        tags = {self.new(): {"path": "interesting", "description": "Further review required"}}
        self.projects[id] = {"name": name, "members": {"chaerok": "ADMIN"}, "tags": tags, "documents": {}}
        return httpx.Response(303, headers={"location": f"/project/{id}"})

    def page(self, request: httpx.Request, id: str) -> httpx.Response:
        if id not in self.projects:
            return httpx.Response(404)
        project = self.projects[id]
        shown = {
            "documents": {i: {k: one[k] for k in ("name", "description")} for i, one in project["documents"].items()},
            "tags": {i: {**tag, "id": int(i)} for i, tag in project["tags"].items()},
            "members": {who: {"privileges": right} for who, right in project["members"].items()},
        }  # fmt: skip
        return httpx.Response(200, text="".join(f"  var {k} = {json.dumps(v)};\n" for k, v in shown.items()))

    def check_user(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"exists": json.loads(request.content)["login"] in self.users})

    def members(self, request: httpx.Request, id: str) -> httpx.Response:
        for who, right in json.loads(request.content).items():
            if who not in self.users:
                return httpx.Response(500)
            self.projects[id]["members"][who] = right["privileges"]
        return httpx.Response(204)

    def tag(self, request: httpx.Request, id: str, number: str = "") -> httpx.Response:
        body, tags = json.loads(request.content), self.projects[id]["tags"]
        if any(tag["path"] == body["path"] for other, tag in tags.items() if other != number):
            return httpx.Response(409)
        number = number or self.new()
        tags[number] = body
        return httpx.Response(200, json={"id": int(number)})

    def tag_gone(self, request: httpx.Request, id: str, number: str) -> httpx.Response:
        for document in self.projects[id]["documents"].values():
            for one in document["highlights"]:
                one["tags"] = [tag for tag in one["tags"] if str(tag) != number]
        return httpx.Response(204 if self.projects[id]["tags"].pop(number, None) else 404)

    def document_new(self, request: httpx.Request, id: str) -> httpx.Response:
        name = re.search(rb'name="name"\r\n\r\n(.*?)\r\n--', request.content, re.DOTALL)
        about = re.search(rb'name="description"\r\n\r\n(.*?)\r\n--', request.content, re.DOTALL)
        body = re.search(rb"<body>(.*)</body>", request.content, re.DOTALL)
        assert name and about and body and len(name[1].decode()) <= 50
        number = self.new()
        about_it = {"name": name[1].decode(), "description": about[1].decode().replace("\r\n", "\n")}
        self.projects[id]["documents"][number] = {**about_it, "contents": body[1].decode(), "highlights": []}
        return httpx.Response(200, json={"created": int(number)})

    def contents(self, request: httpx.Request, id: str, number: str) -> httpx.Response:
        said = self.projects[id]["documents"][number]["contents"]
        return httpx.Response(200, json={"contents": [{"offset": 0, "contents": said}]})

    def document(self, request: httpx.Request, id: str, number: str) -> httpx.Response:
        found = self.projects.get(id, {"documents": {}})["documents"].get(number)
        return httpx.Response(200, json={"highlights": found["highlights"]}) if found else httpx.Response(404)

    def document_gone(self, request: httpx.Request, id: str, number: str) -> httpx.Response:
        return httpx.Response(204 if self.projects[id]["documents"].pop(number, None) else 404)

    def highlight(self, request: httpx.Request, id: str, number: str) -> httpx.Response:
        body = {"id": int(self.new()), **json.loads(request.content)}
        self.projects[id]["documents"][number]["highlights"].append(body)
        return httpx.Response(200, json={"id": body["id"]})


class FakeLabelStudio(Fake):
    """1.23.2."""

    version = "1.23.2"

    def __init__(self) -> None:
        super().__init__()
        self.users = {1: "chaerok@lab.example", 2: "kim@lab.example", 3: "lee@lab.example"}
        self.tasks: dict[str, dict[str, Any]] = {}

    def routes(self) -> list[tuple[str, Callable[..., httpx.Response]]]:
        return [
            ("GET /api/version", lambda request: httpx.Response(200, json={"release": self.version})),
            ("POST /api/token/refresh/", self.refresh), ("GET /api/current-user/whoami", self.whoami),
            ("GET /api/users/", self.people), ("GET /api/projects/", self.listed), ("POST /api/projects/", self.made),
            ("(?:GET|PATCH) /api/projects/([0-9]+)/", self.project), ("GET /api/tasks/", self.all_tasks),
            ("POST /api/projects/([0-9]+)/import", self.take), ("GET /api/tasks/([0-9]+)/", self.task),
            ("DELETE /api/tasks/([0-9]+)/", self.task_gone), ("POST /api/tasks/([0-9]+)/annotations/", self.annotated),
        ]  # fmt: skip

    def answer(self, request: httpx.Request) -> httpx.Response:
        known = ("Token secret", "Bearer short")
        free = request.url.path in ("/api/version", "/api/token/refresh/")
        if not free and request.headers.get("authorization") not in known:
            return httpx.Response(401, json={"detail": "Invalid token."})
        return super().answer(request)

    def refresh(self, request: httpx.Request) -> httpx.Response:
        right = json.loads(request.content)["refresh"] == "per.sonal.token"
        return httpx.Response(200, json={"access": "short"}) if right else httpx.Response(401)

    def whoami(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"id": 1})

    def people(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"id": id, "email": email} for id, email in self.users.items()])

    def listed(self, request: httpx.Request) -> httpx.Response:
        page, every = int(request.url.params["page"]), list(self.projects.values())
        return httpx.Response(200, json={"results": every[page - 1 : page], "next": page < len(every) or None})

    def made(self, request: httpx.Request) -> httpx.Response:
        body = {"id": int(self.new()), **json.loads(request.content)}
        if not 3 <= len(body["title"]) <= 50:
            return httpx.Response(400)
        self.projects[str(body["id"])] = body
        return httpx.Response(201, json=body)

    def project(self, request: httpx.Request, id: str) -> httpx.Response:
        if id not in self.projects:
            return httpx.Response(404)
        if request.method == "PATCH":
            self.projects[id].update(json.loads(request.content))
        return httpx.Response(200, json=self.projects[id])

    def all_tasks(self, request: httpx.Request) -> httpx.Response:
        mine = [one for one in self.tasks.values() if str(one["project"]) == request.url.params["project"]]
        return httpx.Response(200, json={"tasks": mine, "total": len(mine)})

    def take(self, request: httpx.Request, id: str) -> httpx.Response:
        made = []
        for one in json.loads(request.content):
            number = self.new()
            self.tasks[number] = {"id": int(number), "project": id, "data": one["data"], "annotations": []}
            made.append(int(number))
        return httpx.Response(201, json={"task_ids": made})

    def task(self, request: httpx.Request, id: str) -> httpx.Response:
        return httpx.Response(200, json=self.tasks[id]) if id in self.tasks else httpx.Response(404)

    def task_gone(self, request: httpx.Request, id: str) -> httpx.Response:
        return httpx.Response(204 if self.tasks.pop(id, None) else 404)

    def annotated(self, request: httpx.Request, id: str) -> httpx.Response:
        made = {"id": int(self.new()), "completed_by": {"id": 1}, "was_cancelled": False, **json.loads(request.content)}
        self.tasks[id]["annotations"].append(made)
        return httpx.Response(201, json=made)
