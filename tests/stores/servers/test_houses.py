"""By the settings, beside the own store: what is sent there, and what comes back into the own store, counted once."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from coded import BOOK
from fakes import FakeLabelStudio, FakeTaguette
from programs import CORRECTED, SAID, WITHOUT_NAME, released

from pipeline import destinations
from pipeline.errors import AddressUnsafe, EngineUnknown, LoginMissing, SettingsInvalid
from pipeline.interview import InterviewId
from pipeline.places import Home
from pipeline.settings import Settings, load
from pipeline.stores.database.books import put_codebook
from pipeline.stores.database.gathering import Taken, take
from pipeline.stores.database.placed import placed
from pipeline.stores.servers import houses, label_studio, taguette
from pipeline.stores.servers.ledger import Ledger
from pipeline.stores.servers.wire import Access, checked, is_here

INTERVIEW = InterviewId("peers", "P01", "S1")
A, B, C = "a" * 64, "b" * 64, "c" * 64
PROGRAMS = {"taguette": (FakeTaguette, taguette), "label_studio": (FakeLabelStudio, label_studio)}
MARKED = {(1, 2, 10): {"k3"}, (2, 0, 3): {"k1"}, (2, 7, 26): {"k2"}, (3, 0, 5): {"k1"}}


def settings(name: str, **more: object) -> Settings:
    coders = {"김코더": "kim" if name == "taguette" else "kim@lab.example"}
    table = {"secret_variable": "LAB_SECRET", "coders": coders, **more}
    if name == "taguette":
        table["account"] = "chaerok"
    return load(None, {"publish": {"stores": ["database", name], name: table}})


@pytest.fixture(params=[*PROGRAMS])
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program, with a fake in its place."""
    kind, module = PROGRAMS[request.param]
    fake, connected = kind(), module.connected
    monkeypatch.setenv("LAB_SECRET", "secret")

    def to_fake(access: Access, secret: str, **more: str) -> AbstractContextManager[object]:
        return connected(access, secret, fake.transport, **more)

    monkeypatch.setattr(module, "connected", to_fake)
    return str(request.param)


def mark(chosen: Settings, home: Home, name: str, spans: dict[tuple[int, int, int], set[str]]) -> None:
    house = houses.house(chosen, home, name, destinations.database_url(chosen, home))
    ledger = Ledger(house.folder / "peers")
    sent = ledger.of(INTERVIEW)[-1]
    heads = [place.start for place in sent.document.places]
    with house.connected() as server:
        room = server.room("", ledger.seat("김코더"), "", BOOK, False)
        assert room is not None
        copy = {release: copy for copy, release in room.copies()}[sent.release]
        there = {(heads[n - 1] + a, heads[n - 1] + b): frozenset(codes) for (n, a, b), codes in spans.items()}
        room.mark(copy, sent.document, there)


def send(chosen: Settings, home: Home, said: object, sha256: str) -> list[int]:
    stores = destinations.coding_stores(chosen, home)
    return [publish(released(INTERVIEW, said), sha256) for _, publish in stores]  # type: ignore[arg-type]


def collect(chosen: Settings, home: Home) -> Taken:
    *_, (name, gather) = destinations.gathering_stores(chosen, home)
    return take(destinations.database_url(chosen, home), "peers", gather("peers"), name)


def lying(chosen: Settings, home: Home) -> Counter[tuple[str, str]]:
    """Codings in the current transcript: code and words."""
    return Counter((one.code, one.quote) for one in placed(destinations.database_url(chosen, home), "peers"))


def test_codings_come_into_the_own_store_once_whatever_is_sent_again(name: str, tmp_path: Path) -> None:
    chosen, home = settings(name), Home(tmp_path)
    assert send(chosen, home, SAID, A) == [1, 1]
    put_codebook(destinations.database_url(chosen, home), BOOK)
    assert collect(chosen, home) == Taken()  # and the codes are there now
    mark(chosen, home, name, MARKED)
    assert collect(chosen, home).new == 4 and collect(chosen, home).known == 4
    coded = [(code, SAID[n - 1][0][a:b]) for (n, a, b), codes in MARKED.items() for code in codes]
    said = Counter(coded)
    assert lying(chosen, home) == said

    assert send(chosen, home, CORRECTED, B) == [2, 2]
    corrected = said - Counter([("k2", SAID[1][0][7:26])]) + Counter([("k2", CORRECTED[1][0][7:28])])
    assert lying(chosen, home) == corrected, "carried by the own store"
    taken = collect(chosen, home)
    assert lying(chosen, home) == corrected, "and the same from the coder's new document"
    assert (taken.unread, taken.vanished) == ((), ()) and taken.new == taken.gone <= 2

    for _, withhold in destinations.withholding_stores(chosen, home):
        withhold(INTERVIEW, "", {f"{INTERVIEW}-2": ("처음",)})
    taken = collect(chosen, home)
    assert (taken.gone, taken.unread, taken.vanished) == (0, (), ())
    assert send(chosen, home, WITHOUT_NAME, C) == [3, 3]
    taken = collect(chosen, home)
    assert (taken.unread, taken.vanished) == ((), ())
    assert sum(lying(chosen, home).values()) == 4 and "처음" not in str(lying(chosen, home))


def test_the_password_is_read_when_the_server_is_called_and_not_before(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LAB_SECRET")
    (_, publish) = destinations.coding_stores(settings(name), Home(tmp_path))[1]
    with pytest.raises(LoginMissing, match="LAB_SECRET"):
        publish(released(INTERVIEW), A)


def test_text_does_not_go_to_another_machine_in_the_clear(name: str, tmp_path: Path) -> None:
    chosen = settings(name, url="http://coding.lab.example")
    with pytest.raises(AddressUnsafe):
        destinations.coding_stores(chosen, Home(tmp_path))[1][1](released(INTERVIEW), A)


def test_the_own_store_is_none_that_codings_come_back_from(tmp_path: Path) -> None:
    assert [name for name, _ in destinations.gathering_stores(load(), Home(tmp_path))] == ["files"]
    with pytest.raises(EngineUnknown, match="taguette, label_studio"):
        destinations.coding_stores(load(None, {"publish": {"stores": ["atlas"]}}), Home(tmp_path))


def test_no_password_can_stand_in_the_settings() -> None:
    with pytest.raises(SettingsInvalid, match=r"publish\.taguette\.password"):
        load(None, {"publish": {"taguette": {"password": "secret"}}})


def test_the_servers_of_the_settings_are_on_this_machine() -> None:
    chosen = load().publish
    assert all(is_here(checked(url).host) for url in (chosen.taguette.url, chosen.label_studio.url))
