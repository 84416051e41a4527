"""Sent, corrected, taken back, read back: the same on every program, and on the real servers in slow tests."""

from __future__ import annotations

import json
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fakes import FakeLabelStudio, FakeTaguette, number_of_faults
from faults import tree
from programs import CORRECTED, SAID, WITHOUT_NAME, Program, fake_label_studio, fake_taguette, released
from real_servers import Running, real_label_studio, real_taguette

from pipeline.codes import Code, Coding, Unread, Why
from pipeline.documents import document
from pipeline.errors import LoginRefused, PlaceBusy, ServerStrange, SettingsInvalid, StoreRefused, StoreUnreachable
from pipeline.printing import Convention
from pipeline.stores.servers import label_studio, taguette
from pipeline.stores.servers import ledger as ledgers
from pipeline.stores.servers.rooms import gather, publish, withhold
from pipeline.stores.servers.wire import Access
from pipeline.transcript import Pseudonymized

A, B, C = "a" * 64, "b" * 64, "c" * 64
MARKED = {(1, 2, 10): {"k3"}, (2, 0, 3): {"k1", "k2"}, (3, 17, 20): {"k1"}, (5, 9990, 10000): {"k2"}}
"""Quotes, a formula's beginning, emoji beyond U+FFFF, the end of a very long line."""


def coded(program: Program, said: tuple[tuple[str, object], ...] = SAID) -> set[tuple[str, int, str]]:
    """(code, line, words) of what MARKED is."""
    return {(code, n, said[n - 1][0][a:b]) for (n, a, b), codes in MARKED.items() for code in codes}


def seen(codings: tuple[Coding, ...], coder: str) -> set[tuple[str, int, str]]:
    return {(one.code, int(one.segment.rpartition("-")[2]), one.quote) for one in codings if one.coder == coder}


def test_what_a_coder_marks_comes_back_as_it_was_said(program: Program) -> None:
    assert publish(released(program.interview), A, house=program.house) == 1
    program.mark("김코더", MARKED)
    found = gather(program.study, house=program.house)
    assert seen(found.codings, "김코더") == coded(program)
    assert found.unread == () and {one.coder for one in found.codings} == {"김코더"}
    assert all(one.version == 1 for one in found.codings)


def test_a_mark_over_two_lines_is_a_coding_on_each_and_its_labels_are_nobodys(program: Program) -> None:
    publish(released(program.interview), A, house=program.house)
    doc = document(released(program.interview), Convention())
    over = doc.places[2].start + 5 - doc.places[1].start
    program.mark("김코더", {(2, 7, over): {"k1"}})
    assert seen(gather(program.study, house=program.house).codings, "김코더") == {
        ("k1", 2, SAID[1][0][7:]),
        ("k1", 3, SAID[2][0][:5]),
    }


def test_a_correction_is_a_new_document_with_the_coders_marks_in_it(program: Program) -> None:
    publish(released(program.interview), A, house=program.house)
    program.mark("김코더", {**MARKED, (2, 7, 26): {"k1"}})
    assert publish(released(program.interview, CORRECTED), B, house=program.house) == 2
    assert Counter(program.copies("김코더")) == {A: 1, B: 1}
    found = gather(program.study, house=program.house)
    assert seen(found.codings, "김코더") == {*coded(program, CORRECTED), ("k1", 2, CORRECTED[1][0][7:28])}
    assert len(found.codings) == 6, "the marks in the older document do not count twice"
    assert publish(released(program.interview, CORRECTED), B, house=program.house) == 2
    assert gather(program.study, house=program.house) == found
    assert Counter(program.copies("김코더")) == {A: 1, B: 1}


def test_what_is_not_found_beyond_doubt_stays_where_it_was_marked(program: Program) -> None:
    publish(released(program.interview), A, house=program.house)
    program.mark("김코더", MARKED)
    other = (*SAID[:2], ("전혀 다른 말을 했습니다 그날은", SAID[2][1]), *SAID[3:])
    publish(released(program.interview, other), B, house=program.house)
    assert seen(gather(program.study, house=program.house).codings, "김코더") == coded(program)


def test_a_release_that_is_taken_back_is_gone_there_and_its_marks_are_kept(program: Program) -> None:
    publish(released(program.interview), A, house=program.house)
    program.mark("김코더", {**MARKED, (2, 7, 26): {"k1"}})
    names = {f"{program.interview}-2": ("처음",)}
    withhold(program.interview, "", names, house=program.house)
    assert program.copies("김코더") == []
    assert publish(released(program.interview), A, house=program.house) == 1
    assert program.copies("김코더") == [], "what was taken back does not return"
    found = gather(program.study, house=program.house)
    blotted = SAID[1][0].replace("처음", "○○")
    assert seen(found.codings, "김코더") == {*coded(program), ("k1", 2, blotted[7:26])}
    kept = b"".join(path.read_bytes() for path in program.folder.rglob("*.json"))
    assert "처음".encode() not in kept and "○○".encode() in kept
    before = tree(program.folder)
    withhold(program.interview, "", names, house=program.house)
    assert tree(program.folder) == before

    assert publish(released(program.interview, WITHOUT_NAME), B, house=program.house) == 2
    again = gather(program.study, house=program.house)
    assert program.copies("김코더") == [B]
    assert coded(program) <= seen(again.codings, "김코더")
    assert "처음" not in str(again)


def test_a_newer_release_stays(program: Program) -> None:
    publish(released(program.interview), A, house=program.house)
    publish(released(program.interview, WITHOUT_NAME), B, house=program.house)
    withhold(program.interview, B, {f"{program.interview}-2": ("처음",)}, house=program.house)
    assert program.copies("김코더") == [B]


# --- from here on fakes: faults can be chosen, and two coders can be had ---------------------------------------------


def test_each_coder_has_a_project_with_the_same_documents_and_nothing_of_the_others(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    fake.mark("김코더", MARKED)
    fake.mark("이코더", {(6, 0, 2): {"t1"}})
    publish(released(fake.interview, CORRECTED), B, house=fake.house)
    found = gather(fake.study, house=fake.house)
    assert seen(found.codings, "김코더") == coded(fake, CORRECTED)
    assert seen(found.codings, "이코더") == {("t1", 6, "네.")}
    assert fake.fake and len(fake.fake.projects) == 2
    if isinstance(fake.fake, FakeTaguette):
        members = [project["members"] for project in fake.fake.projects.values()]
        assert members == [{"chaerok": "ADMIN", "kim": "TAG"}, {"chaerok": "ADMIN", "lee": "TAG"}]


def test_another_round_begins_in_projects_where_nothing_is_marked(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    fake.mark("김코더", MARKED)
    fake.round = 2
    assert gather(fake.study, house=fake.house).codings == ()
    publish(released(fake.interview), A, house=fake.house)
    assert fake.copies("김코더") == [A] and gather(fake.study, house=fake.house).codings == ()
    fake.mark("김코더", {(6, 0, 2): {"t1"}})
    assert seen(gather(fake.study, house=fake.house).codings, "김코더") == {("t1", 6, "네.")}
    fake.round = 1
    assert seen(gather(fake.study, house=fake.house).codings, "김코더") == coded(fake)
    withhold(fake.interview, "", {}, house=fake.house)
    fake.round = 2
    assert fake.copies("김코더") == []
    assert seen(gather(fake.study, house=fake.house).codings, "김코더") == {("t1", 6, "네.")}


def test_every_failure_half_way_is_told_and_made_good_by_another_try(fake: Program) -> None:
    """Wherever it happens, nothing is there twice afterwards."""
    assert fake.fake
    publish(released(fake.interview), A, house=fake.house)
    fake.mark("김코더", MARKED)
    before = len(fake.fake.asked)
    publish(released(fake.interview, CORRECTED), B, house=fake.house)
    steps = len(fake.fake.asked) - before
    for at in range(1, steps + 1):
        broken = type(fake)(fake.name, fake.connect, fake.coders, fake.folder / str(at), fake.fake)
        publish(released(broken.interview), A, house=broken.house)
        broken.mark("김코더", MARKED)
        what = httpx.Response(500) if at % 2 else httpx.ReadTimeout("late")
        fake.fake.fault = number_of_faults(len(fake.fake.asked) + at, what)
        with pytest.raises(StoreUnreachable) as caught:
            publish(released(broken.interview, CORRECTED), B, house=broken.house)
        assert "숨겼" not in str(caught.value) and "secret" not in str(caught.value)
        assert publish(released(broken.interview, CORRECTED), B, house=broken.house) == 2
        for coder in broken.coders:
            assert Counter(broken.copies(coder)) == {A: 1, B: 1}, at
        found = gather(broken.study, house=broken.house)
        assert seen(found.codings, "김코더") == coded(broken, CORRECTED) and found.unread == ()
        assert len(found.codings) == len(coded(broken, CORRECTED)), at


def test_an_answer_that_is_lost_leaves_no_double(fake: Program) -> None:
    """The document was made, and nobody heard of it."""
    assert fake.fake
    publish(released(fake.interview), A, house=fake.house)
    serve, making = fake.fake.answer, "document/new" if fake.name == "taguette" else "import"

    def lost(request: httpx.Request) -> httpx.Response:
        answer = serve(request)
        if request.url.path.endswith(making) and fake.fake:
            fake.fake.answer = serve  # type: ignore[method-assign]
            raise httpx.ReadTimeout("late")
        return answer

    fake.fake.answer = lost  # type: ignore[method-assign]
    with pytest.raises(StoreUnreachable):
        publish(released(fake.interview, CORRECTED), B, house=fake.house)
    publish(released(fake.interview, CORRECTED), B, house=fake.house)
    assert Counter(fake.copies("김코더")) == {A: 1, B: 1}


def test_a_failure_while_taking_back_loses_no_mark(fake: Program) -> None:
    assert fake.fake
    for at in range(1, 30):
        broken = type(fake)(fake.name, fake.connect, fake.coders, fake.folder / str(at), fake.fake)
        publish(released(broken.interview), A, house=broken.house)
        broken.mark("김코더", MARKED)
        fake.fake.fault = number_of_faults(len(fake.fake.asked) + at, httpx.Response(503))
        try:
            withhold(broken.interview, "", {}, house=broken.house)
        except StoreUnreachable:
            withhold(broken.interview, "", {}, house=broken.house)
        else:
            break
        assert broken.copies("김코더") == []
        assert seen(gather(broken.study, house=broken.house).codings, "김코더") == coded(broken)
    assert at > 5


def test_two_publishes_at_once_take_turns(fake: Program) -> None:
    def send(_: int) -> int:
        return publish(released(fake.interview), A, house=fake.house)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, range(4))) == [1, 1, 1, 1]
    assert fake.fake and len(fake.fake.projects) == 2
    assert fake.copies("김코더") == [A]


def test_who_waits_too_long_is_told(fake: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "PATIENCE_SECONDS", 0.1)
    with ledgers.opened(fake.folder / fake.study), pytest.raises(PlaceBusy):
        publish(released(fake.interview), A, house=fake.house)


def test_only_a_release_is_sent(fake: Program) -> None:
    draft = Pseudonymized(fake.interview, released(fake.interview).lines, (), (), 0, 0)
    with pytest.raises(TypeError, match="Released"):
        publish(draft, A, house=fake.house)  # type: ignore[arg-type]
    assert fake.fake and fake.fake.asked == [] and not fake.folder.exists()


def test_an_empty_transcript_is_a_document_too(program: Program) -> None:
    assert publish(released(program.interview, ()), A, house=program.house) == 1
    assert program.copies("김코더") == [A]
    assert gather(program.study, house=program.house).codings == ()


@pytest.mark.parametrize(
    ("coders", "where"),
    [
        ({}, "-"),
        ({"김": "kim", "김 ": "lee"}, "김"),
        ({"가": "kim", "\u1100\u1161": "lee"}, "가"),  # NFC and NFD
        ({"김": "kim", "이": "KIM"}, "김, 이"),
    ],
)
def test_coders_whom_nobody_can_tell_apart_are_refused(fake: Program, coders: dict[str, str], where: str) -> None:
    fake.coders = coders
    with pytest.raises(SettingsInvalid, match=where):
        publish(released(fake.interview), A, house=fake.house)
    assert fake.fake and fake.fake.projects == {}


def test_coders_of_one_name_are_reported_and_not_read(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    fake.mark("김코더", MARKED)
    fake.coders = {**fake.coders, "김코더 ": "other"}
    found = gather(fake.study, house=fake.house)
    assert found.codings == () and [(row.why, row.coder) for row in found.unread] == [(Why.SAME_CODER, "김코더")]


def test_a_coder_without_an_account_there_is_told_before_they_get_anything(fake: Program) -> None:
    fake.coders = {"김코더": "nobody@lab.example"}
    with pytest.raises(SettingsInvalid, match="nobody"):
        publish(released(fake.interview), A, house=fake.house)


def test_a_document_that_a_coder_deleted_is_reported(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    with fake.connect() as server:
        room = fake.room(server, "김코더")
        room.remove(room.copies()[0][0])
        room.remove("999")
    assert gather(fake.study, house=fake.house).unread == (
        Unread(f"{fake.interview} v1", Why.UNKNOWN_DOCUMENT, "김코더"),
    )


def test_a_project_that_is_gone_is_reported_and_made_anew(fake: Program) -> None:
    assert fake.fake
    publish(released(fake.interview), A, house=fake.house)
    fake.fake.projects.pop(fake.ledger().seat("김코더").project)
    assert [row.why for row in gather(fake.study, house=fake.house).unread] == [Why.UNKNOWN_DOCUMENT]
    publish(released(fake.interview), A, house=fake.house)
    assert fake.copies("김코더") == [A]


def test_projects_that_bear_our_name_twice_are_not_guessed_at(fake: Program) -> None:
    assert fake.fake
    publish(released(fake.interview), A, house=fake.house)
    first, _ = fake.fake.projects.items()
    fake.fake.projects |= {"901": dict(first[1]), "902": dict(first[1])}
    (fake.folder / fake.study / "coders.json").unlink()
    with pytest.raises(ServerStrange):
        publish(released(fake.interview), A, house=fake.house)


def test_a_damaged_ledger_is_refused(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    path: Path = next((fake.folder / fake.study / "releases").iterdir())
    path.write_text("{}", "utf-8")
    with pytest.raises(StoreRefused):
        gather(fake.study, house=fake.house)


def test_what_lies_here_is_for_its_owner_alone(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    files = list(fake.folder.rglob("*.json"))
    assert files and all(path.stat().st_mode & 0o077 == 0 for path in files)


def test_nothing_is_asked_of_a_server_for_a_study_that_never_went_there(fake: Program) -> None:
    assert gather("other", house=fake.house).codings == ()
    withhold(replace(fake.interview, study="other"), "", {}, house=fake.house)
    assert fake.fake and fake.fake.asked == [] and not fake.folder.exists()


# --- codes ------------------------------------------------------------------------------------------------------------


def rename(program: Program, code: str, name: str) -> None:
    """As the coder renames it."""
    assert program.fake
    project = program.fake.projects[program.ledger().seat("김코더").project]
    if isinstance(program.fake, FakeLabelStudio):
        project["label_config"] = project["label_config"].replace("낙인과 회복/낙인/숨김", name)
    else:
        tag = next(tag for tag in project["tags"].values() if tag["description"].endswith(f"chaerok:code:{code}"))
        tag["path"] = name


def test_a_code_that_a_coder_renamed_is_known_and_told_and_left(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    fake.mark("김코더", {(2, 0, 3): {"k1"}})
    rename(fake, "k1", "감춤")
    for _ in range(2):
        found = gather(fake.study, house=fake.house)
        assert seen(found.codings, "김코더") == {("k1", 2, "=1+")}
        assert [row.why for row in found.unread] == [Why.RENAMED_CODE]


def test_a_code_that_the_study_renamed_is_renamed_there_and_a_new_one_comes(fake: Program) -> None:
    publish(released(fake.interview), A, house=fake.house)
    fake.mark("김코더", {(2, 0, 3): {"k1"}})
    codes = tuple(replace(code, name="감춤") if code.id == "k1" else code for code in fake.book.codes)
    fake.book = replace(fake.book, codes=(*codes, Code("k9", None, "새 코드", "#00ff00", "새로")))
    assert gather(fake.study, house=fake.house).unread == ()
    with fake.connect() as server:
        there = fake.room(server, "김코더").codes
    assert there["k1"] == "낙인과 회복/낙인/감춤" and there["k9"] == "새 코드"


@pytest.mark.parametrize(("start", "end"), [(0, 99_999), (-3, 3), (5, 5), (1, 3), ("x", 3)])
def test_an_offset_that_is_none_is_reported_and_the_rest_is_read(tmp_path: Path, start: object, end: object) -> None:
    program = fake_taguette(tmp_path)
    publish(released(program.interview), A, house=program.house)
    program.mark("김코더", MARKED)
    assert isinstance(program.fake, FakeTaguette)
    project = program.fake.projects[program.ledger().seat("김코더").project]
    (copy,) = project["documents"].values()
    tag = next(int(id) for id, tag in project["tags"].items() if tag["path"].endswith("숨김"))
    syllable = start if start != 1 else len("0001 [00:00:05] ") + 1  # within 연
    last = end if start != 1 else syllable + 2  # type: ignore[operator]
    copy["highlights"].append({"id": 77, "start_offset": syllable, "end_offset": last, "tags": [tag]})
    found = gather(program.study, house=program.house)
    assert seen(found.codings, "김코더") == coded(program)
    assert found.unread == (Unread(f"{program.interview} v1 77.{tag}", Why.OUT_OF_RANGE, "김코더"),)


def test_tags_of_a_coders_own_and_marks_on_labels_are_reported(tmp_path: Path) -> None:
    program = fake_taguette(tmp_path)
    publish(released(program.interview), A, house=program.house)
    assert isinstance(program.fake, FakeTaguette)
    project = program.fake.projects[program.ledger().seat("김코더").project]
    (copy,) = project["documents"].values()
    project["tags"]["500"] = {"path": "내 코드", "description": ""}
    known = next(int(id) for id, tag in project["tags"].items() if tag["path"].endswith("숨김"))
    copy["highlights"] += [
        {"id": 1, "start_offset": 30, "end_offset": 33, "tags": [500]},
        {"id": 2, "start_offset": 0, "end_offset": 4, "tags": [known]},
        {"id": 3, "start_offset": 30, "end_offset": 33, "tags": []},
    ]
    project["documents"]["600"] = {
        "name": "memo",
        "description": "mine",
        "contents": "",
        "highlights": copy["highlights"][:1],
    }
    assert [row.why for row in gather(program.study, house=program.house).unread] == [
        Why.UNKNOWN_CODE, Why.NO_WORDS, Why.UNKNOWN_CODE, Why.UNKNOWN_DOCUMENT,
    ]  # fmt: skip


def test_what_somebody_else_marked_in_a_coders_project_is_not_theirs(tmp_path: Path) -> None:
    program = fake_label_studio(tmp_path)
    publish(released(program.interview), A, house=program.house)
    program.mark("김코더", {(2, 0, 3): {"k1"}})
    assert isinstance(program.fake, FakeLabelStudio)
    (task, *_) = program.fake.tasks.values()
    for by, expected in ((2, []), (3, [Why.UNKNOWN_CODER])):
        task["annotations"][0]["completed_by"] = {"id": by}
        found = gather(program.study, house=program.house)
        assert [row.why for row in found.unread] == expected and len(found.codings) == 1 - len(expected)
    task["annotations"][0]["was_cancelled"] = True
    assert gather(program.study, house=program.house).codings == ()


def test_another_text_than_ours_is_not_left_there(fake: Program) -> None:
    assert fake.fake
    serve = fake.fake.answer

    def changed(request: httpx.Request) -> httpx.Response:
        answer = serve(request)
        if request.method != "GET" or ("/contents" not in request.url.path and "/api/tasks/" not in request.url.path):
            return answer
        return httpx.Response(200, json=json.loads(answer.text.replace("숨", "숲").replace("\\uc228", "숲")))

    fake.fake.answer = changed  # type: ignore[method-assign]
    with pytest.raises(ServerStrange, match="text"):
        publish(released(fake.interview), A, house=fake.house)
    fake.fake.answer = serve  # type: ignore[method-assign]
    assert fake.copies("김코더") == []


# --- what only the real ones can show ---------------------------------------------------------------------------------


def signed_in(url: str, name: str) -> httpx.Client:
    """As that person's browser."""
    client = httpx.Client(base_url=url, trust_env=False, timeout=60)
    client.get("/login")
    form = {"login": name, "password": f"secret-of-{name}", "_xsrf": client.cookies["_xsrf"]}
    assert client.post("/login", data=form).is_redirect
    client.headers["X-XSRFToken"] = client.cookies["_xsrf"]
    return client


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_coder_of_taguette_sees_their_project_alone_and_may_tag(
    request: pytest.FixtureRequest, taguette_server: Running, tmp_path: Path
) -> None:
    program = real_taguette(request, tmp_path)
    publish(released(program.interview), A, house=program.house)
    mine, others = (program.ledger().seat(coder).project for coder in ("김코더", "이코더"))
    kim = signed_in(taguette_server.url, "kim")
    assert kim.get(f"/project/{mine}").status_code == 200
    assert kim.get(f"/project/{others}").status_code == 404
    with program.connect() as server:
        (copy, _), *_ = program.room(server, "김코더").copies()
    with program.connect() as server:
        (theirs, _), *_ = program.room(server, "이코더").copies()
    assert kim.get(f"/api/project/{others}/document/{theirs}").status_code in (403, 404)
    assert kim.delete(f"/api/project/{mine}/document/{copy}").status_code == 403
    page = kim.get(f"/project/{mine}").text
    listed = json.loads(re.findall(r"var tags = (.*);", page)[0])
    tags = {tag["path"]: tag["id"] for tag in listed.values()}
    start = len("0001 [00:00:05] 연구자: 요즘 ".encode())
    spot = {"start_offset": start, "end_offset": start + len('"어떠세요"'.encode()), "tags": [tags["낙인과 회복/낙인"]]}
    at = f"/api/project/{mine}/document/{copy}/highlight"
    assert kim.post(f"{at}/new", json=spot).status_code == 200
    odd = kim.post(f"{at}/new", json=spot).json()["id"]
    assert kim.post(f"{at}/{odd}", json={"start_offset": start, "end_offset": 10**7}).status_code == 200, "unchecked"
    renamed = {"path": "내가 고친 이름"}
    assert kim.post(f"/api/project/{mine}/tag/{tags['낙인과 회복/낙인']}", json=renamed).status_code == 200
    found = gather(program.study, house=program.house)
    assert seen(found.codings, "김코더") == {("t1", 1, '"어떠세요"')}
    assert sorted(row.why for row in found.unread) == [Why.OUT_OF_RANGE, Why.RENAMED_CODE]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["taguette", "label studio"])
def test_a_real_server_refuses_a_wrong_password(request: pytest.FixtureRequest, name: str) -> None:
    server: Running = request.getfixturevalue(f"{name.replace(' ', '_')}_server")
    access = Access(server.url, "chaerok", "", "", 60.0)
    with pytest.raises(LoginRefused), (taguette if name == "taguette" else label_studio).connected(access, "wrong"):
        pass
    other = label_studio if name == "taguette" else taguette
    with pytest.raises(ServerStrange), other.connected(access, server.secret):
        pass


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_label_studio_takes_a_personal_token_and_regions_that_are_none(
    request: pytest.FixtureRequest, label_studio_server: Running, tmp_path: Path
) -> None:
    program = real_label_studio(request, tmp_path)
    publish(released(program.interview), A, house=program.house)
    token = {"Authorization": f"Token {label_studio_server.secret}"}
    admin = httpx.Client(base_url=label_studio_server.url, headers=token, trust_env=False)
    kinds = {"api_tokens_enabled": True, "legacy_api_tokens_enabled": True}
    assert admin.post("/api/jwt/settings", json=kinds).is_success
    personal = admin.post("/api/token/").json()["token"]
    with label_studio.connected(Access(label_studio_server.url, "", "", "", 60.0), personal) as server:
        (copy, _), *_ = program.room(server, "김코더").copies()
    value = {"start": "1", "end": "1", "startOffset": 0, "endOffset": 9999, "text": "x", "paragraphlabels": ["k1"]}
    odd = {"id": "odd", "from_name": "code", "to_name": "text", "type": "paragraphlabels", "value": value}
    on_emoji = {**value, "endOffset": 7, "text": "=1+1 😀"}  # a browser counts the emoji as two
    right = {**odd, "id": "right", "value": on_emoji}
    stray = {**right, "id": "stray", "value": {**on_emoji, "paragraphlabels": ["no such label"]}}
    assert admin.post(f"/api/tasks/{copy}/annotations/", json={"result": [odd, right, stray]}).status_code == 201
    found = gather(program.study, house=program.house)
    assert seen(found.codings, "김코더") == {("k1", 2, "=1+1 😀")}
    assert sorted(row.why for row in found.unread) == [Why.OUT_OF_RANGE, Why.UNKNOWN_CODE]
