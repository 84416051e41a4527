"""What custodians do, and what nobody else can."""

from __future__ import annotations

import hashlib
import shutil
import stat
import unicodedata
from functools import partial
from pathlib import Path

import pytest
from faults import tree

from pipeline import custody
from pipeline.errors import (
    CustodianExists,
    IdentityInvalid,
    KeyMissing,
    KeyWrong,
    LogBroken,
    PassphraseWrong,
    PersonUnknown,
    ReasonUnfit,
    SealBroken,
)
from pipeline.interview import InterviewId, Person
from pipeline.people import Register
from pipeline.places import Home
from pipeline.speech import Diarization, Turn
from pipeline.stages.enlist import enrol
from pipeline.stand_ins import Style
from pipeline.stores import sealed
from pipeline.stores.keyring import (
    Identity,
    custodian,
    custodians,
    data_key,
    is_encrypted,
    make_service_identity,
    service_identity,
)
from pipeline.stores.register import change_register, read_register
from pipeline.stores.vault import Stamp, Vault
from pipeline.stores.voices import Voice, read_voices, write_voices

PEOPLE = (Person("김민수", ("민수 씨", "까치"), "participant"), Person("최은정", (), ""))

ID = InterviewId("peers", "P01", "S1")
TURNS = Diarization((Turn(0, 1, "S1"),), (Turn(0, 1, "S1"),), ("S1",), True)
VOICE = Voice((0.6, 0.8), "a" * 64)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a register of two people, from before there was a custodian."""
    home = Home(tmp_path / "home")
    service = make_service_identity(home.keys)
    change_register(home.registers, "peers", service, partial(enrol, PEOPLE, participant="P01"))
    return home


def begun(home: Home, passphrase: str = "") -> Identity:
    return custody.begin(home, home.root / "custodian.key", "자료관리자", passphrase, "kim")


def people(home: Home) -> list[tuple[str, ...]]:
    return [entry.forms for entry in read_register(home.registers, "peers", service_identity(home.keys)).entries]


def test_a_custodian_opens_what_was_sealed_before(home: Home) -> None:
    made = begun(home)
    entry = custody.reveal(home, "peers", "참여자1", "동의 철회 문의", made, "kim")
    assert entry.forms == ("김민수", "민수", "까치")
    assert custodians(home.keys) == ((made.public, "자료관리자"),)
    assert people(home)[0] == entry.forms  # and the service still does


def test_revealing_is_logged_without_a_name(home: Home) -> None:
    made = begun(home)
    custody.reveal(home, "peers", "[이름1]", "coder asked", made, "kim")
    *_, last = custody.acts(home)
    assert (last.actor, last.act, last.study, last.reason) == ("kim", "reveal", "peers", "coder asked")
    raw = (home.keys / custody.LOG).read_bytes()
    assert not any(name.encode() in raw for name in ("김민수", "최은정", "민수", "까치"))
    assert stat.S_IMODE((home.keys / custody.LOG).stat().st_mode) == 0o600


def test_the_service_identity_reveals_nothing(home: Home) -> None:
    begun(home)
    with pytest.raises(IdentityInvalid):
        custody.reveal(home, "peers", "참여자1", "…", service_identity(home.keys), "kim")
    with pytest.raises(IdentityInvalid):
        custody.destroy(home, "peers", "참여자1", "…", service_identity(home.keys), "kim")
    assert [act.act for act in custody.acts(home)] == ["init"]


def test_a_stranger_opens_nothing_even_on_the_list(home: Home) -> None:
    begun(home)
    stranger = Identity.fresh()
    (home.keys / "custodians").write_text(f"{stranger.public} me\n")
    with pytest.raises(KeyWrong):
        custody.reveal(home, "peers", "참여자1", "…", stranger, "kim")


def test_a_person_is_revealed_by_any_part_of_an_invented_name(home: Home) -> None:
    style = Style(natural=True, natural_roles=True)
    register = change_register(
        home.registers, "peers", service_identity(home.keys), partial(enrol, PEOPLE, participant="P01", style=style)
    )
    custodian = begun(home)
    for entry in register.entries:
        for called in (entry.stand_in, entry.stand_in[1:], *entry.shown):
            assert custody.reveal(home, "peers", called, "…", custodian, "kim") == entry


@pytest.mark.parametrize("person", ["참여자9", "김민수", "", "[병원 A]"])
def test_nobody_is_revealed_by_a_wrong_stand_in(home: Home, person: str) -> None:
    with pytest.raises(PersonUnknown):
        custody.reveal(home, "peers", person, "…", begun(home), "kim")


@pytest.mark.parametrize(
    "reason", ["", "  \n", "김민수 씨가 물어봄", "asked by 민 수", unicodedata.normalize("NFD", "민수가")]
)
def test_a_reason_without_reason_or_with_the_name_is_refused(home: Home, reason: str) -> None:
    made = begun(home)
    for work in (custody.reveal, custody.destroy):
        with pytest.raises(ReasonUnfit):
            work(home, "peers", "참여자1", reason, made, "kim")
    assert [act.act for act in custody.acts(home)] == ["init"] and people(home)[0][0] == "김민수"


def test_another_custodian_is_let_in(home: Home) -> None:
    first, second = begun(home), Identity.fresh()
    with pytest.raises(KeyWrong):
        read_register(home.registers, "peers", second)
    assert custody.add(home, second.public, "PI", first, "kim") == len(custody.wrapped_keys(home)) == 3
    assert custody.reveal(home, "peers", "[이름1]", "…", second, "lee").forms == ("최은정",)
    # and to whatever is sealed from then on
    grown = partial(enrol, (Person("박지훈", ()),))
    change_register(home.registers, "peers", service_identity(home.keys), grown)
    assert custody.reveal(home, "peers", "[이름2]", "…", second, "lee").forms == ("박지훈",)


def test_a_wrong_public_key_lets_nobody_in(home: Home) -> None:
    first = begun(home)
    before = tree(home.registers)
    with pytest.raises(IdentityInvalid):
        custody.add(home, "age1nonsense", "PI", first, "kim")
    assert tree(home.registers) == before and len(custodians(home.keys)) == 1


def test_after_rotation_the_old_service_identity_opens_nothing(home: Home) -> None:
    made, old = begun(home), service_identity(home.keys)
    names = people(home)
    assert custody.rotate(home, made, "kim") == 3
    assert people(home) == names
    with pytest.raises(KeyWrong):
        read_register(home.registers, "peers", old)
    assert not (home.keys / "service.key.next").exists()


def sealed_in(home: Home) -> dict[Path, tuple[bytes, str]]:
    """Every sealed file, with the data key and the place that open it."""
    service = service_identity(home.keys)
    of_study = data_key(home.registers / "peers.key", service)
    found = {path: (of_study, path.name) for path in home.registers.glob("peers.[rv]*")}
    for path in home.registers.glob("peers.people/*.person"):
        stem, _, number = path.stem.rpartition("-")
        ids = [e.id for e in read_register(home.registers, "peers", service).entries]
        (id,) = [id for id in ids if hashlib.sha256(id.encode()).hexdigest().startswith(stem)]
        found[path] = (data_key(path.with_name(f"{stem}.key"), service), f"person|peers|{id}|{number}")
    key = data_key(home.vault / "peers" / "P01" / "participant.key", service)
    in_vault = [path for path in home.vault.rglob("*") if path.is_file() and sealed.identity(path)]
    return found | {path: (key, path.relative_to(home.vault).as_posix()) for path in in_vault}


@pytest.fixture
def full(home: Home) -> Home:
    """A home that has voices, recordings and transcripts too, and a custodian."""
    begun(home)
    service = service_identity(home.keys)
    write_voices(home.registers, "peers", service, [VOICE])
    vault = Vault(home.vault, service)
    vault.write(ID, TURNS, Stamp("diarize", 1))
    vault.write_blob(ID, "part01", [b"sound" * 50_000])
    vault.write_failure(ID, "merge", "traceback")
    return home


def holds_all(home: Home, opener: Identity) -> bool:
    vault = Vault(home.vault, opener)
    names = [entry.forms for entry in read_register(home.registers, "peers", opener).entries]
    with vault.open_blob(ID, "part01") as stream:
        sound = stream.read()
    stamp = vault.stamp(ID, Diarization)
    return (
        names == [("김민수", "민수", "까치"), ("최은정",)]
        and read_voices(home.registers, "peers", opener) == (VOICE,)
        and stamp is not None
        and (vault.read(ID, Diarization), vault.failures(ID), sound)
        == (TURNS, {"merge": "traceback"}, b"sound" * 50_000)
    )


@pytest.mark.parametrize("everything", [False, True])
def test_after_rotation_the_old_data_keys_open_nothing_that_was_sealed_anew(full: Home, everything: bool) -> None:
    old = sealed_in(full)
    made = custodian(full.root / "custodian.key", "")
    assert custody.rotate(full, made, "kim", everything=everything) == 4
    assert {path.parent.name for path in old} == {"registers", "peers.people", "S1"} and len(old) == 7

    def opens(path: Path, key: bytes, place: str) -> bool:
        try:
            sealed.unseal(path, key, place).read()
        except SealBroken:
            return False
        return True

    still = {path.parent.name for path, (key, place) in old.items() if opens(path, key, place)}
    assert still == (set() if everything else {"S1"})
    assert holds_all(full, service_identity(full.keys)) and holds_all(full, made)
    assert custody.acts(full)[-1].reason == ("everything" if everything else "registers")


def test_rotation_that_was_cut_short_anywhere_loses_nothing_and_goes_on(
    full: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, rename = custodian(full.root / "custodian.key", ""), Path.replace
    before, cuts = shutil.copytree(full.root, full.root.with_name("before")), 0

    def dying(path: Path, target: Path) -> Path:
        nonlocal left
        left -= 1
        if left < 0:
            raise KeyboardInterrupt
        return rename(path, target)

    while True:
        left = cuts
        monkeypatch.setattr(Path, "replace", dying)
        try:
            custody.rotate(full, made, "kim", everything=True)
            break
        except KeyboardInterrupt:
            monkeypatch.setattr(Path, "replace", rename)
        assert holds_all(full, made)
        custody.rotate(full, made, "kim", everything=bool(cuts % 2))
        assert holds_all(full, made) and holds_all(full, service_identity(full.keys))
        assert {len(data_key(path, made)) for path in custody.wrapped_keys(full)} <= {32, *([] if cuts % 2 else [64])}
        shutil.rmtree(full.root)
        shutil.copytree(before, full.root)
        cuts += 1
    assert cuts == 17  # the new identity, 4 keys twice, 7 files, and the identity's place


def test_what_a_crash_left_in_the_register_does_not_outlive_a_rotation(full: Home) -> None:
    people = full.registers / "peers.people"
    before = tree(people)
    data_key(people / "0123456789abcdef.key", service_identity(full.keys), make=True)
    (people / "0123456789abcdef-1.person").write_bytes(b"half")
    custody.rotate(full, custodian(full.root / "custodian.key", ""), "kim")
    assert tree(people).keys() == before.keys()


def test_a_destroyed_person_is_beyond_recall_and_the_others_are_not(home: Home) -> None:
    made = begun(home)
    before = set(tree(home.registers))
    assert custody.destroy(home, "peers", "참여자1", "withdrawal", made, "kim") == "participant-P01"
    assert people(home) == [(), ("최은정",)]
    assert sum(path.endswith(".key") for path in map(str, before - set(tree(home.registers)))) == 1
    for opener in (made, service_identity(home.keys)):
        assert read_register(home.registers, "peers", opener).entries[0].forms == ()
    with pytest.raises(PersonUnknown):
        custody.reveal(home, "peers", "참여자1", "…", made, "kim")
    # the stand-in stays taken
    grown = change_register(
        home.registers,
        "peers",
        service_identity(home.keys),
        partial(enrol, (Person("한지수", (), "participant"),), participant="P02"),
    )
    assert grown.entries[-1].stand_in == "참여자2"


def test_a_lost_key_is_an_error_and_no_silence(home: Home) -> None:
    key = next((home.registers / "peers.people").glob("*.key"))
    key.unlink()
    with pytest.raises(KeyMissing):
        people(home)


def test_swapped_and_old_records_are_refused(home: Home) -> None:
    folder = home.registers / "peers.people"
    one, other = sorted(folder.glob("*.person"))
    first = one.read_bytes()
    one.write_bytes(other.read_bytes())
    with pytest.raises(SealBroken):
        people(home)
    one.write_bytes(first)
    before = {path: path.read_bytes() for path in folder.glob("*.person")}
    again = partial(enrol, (Person("김민수", ("도깨비",), "participant"),), participant="P01")
    change_register(home.registers, "peers", service_identity(home.keys), again)
    (old,), (new,) = before.keys() - set(folder.glob("*.person")), set(folder.glob("*.person")) - before.keys()
    new.write_bytes(before[old])  # the record of before in the place of the one of now
    with pytest.raises(SealBroken):
        people(home)


def test_a_changed_log_is_seen(home: Home) -> None:
    made = begun(home)
    custody.reveal(home, "peers", "참여자1", "one", made, "kim")
    custody.reveal(home, "peers", "참여자1", "two", made, "kim")
    path = home.keys / custody.LOG
    lines = path.read_bytes().splitlines(keepends=True)
    for tampered in (
        [lines[0], *lines[2:]],
        [lines[0], lines[1].replace(b'"one"', b'"uno"'), lines[2]],
        [lines[0], b"nonsense\n", lines[2]],
    ):
        path.write_bytes(b"".join(tampered))
        with pytest.raises(LogBroken):
            custody.reveal(home, "peers", "참여자1", "three", made, "kim")
    path.write_bytes(b"".join(lines))
    assert [act.reason for act in custody.acts(home)] == ["", "one", "two"]


def test_a_passphrase_locks_the_identity(home: Home) -> None:
    made = begun(home, "노란 우산 셋")
    path = home.root / "custodian.key"
    assert is_encrypted(path) and made.secret.encode() not in path.read_bytes()
    assert custodian(path, "노란 우산 셋") == made
    with pytest.raises(PassphraseWrong):
        custodian(path, "노란 우산 넷")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nonsense_is_no_identity(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "x"
    with pytest.raises(KeyMissing):
        custodian(path, "")
    path.write_bytes(b"\xffnonsense")
    with pytest.raises(IdentityInvalid):
        custodian(path, "")


def test_there_is_one_first_custodian(home: Home) -> None:
    begun(home)
    with pytest.raises(CustodianExists):
        custody.begin(home, home.root / "other.key", "", "", "kim")


def test_a_home_without_a_register_can_begin(tmp_path: Path) -> None:
    home = Home(tmp_path)
    made = begun(home)
    service = service_identity(home.keys)
    assert service.others == (made.public,)
    change_register(home.registers, "peers", service, partial(enrol, PEOPLE, participant="P01"))
    assert custody.reveal(home, "peers", "참여자1", "…", made, "kim").forms[0] == "김민수"
    assert read_register(home.registers, "other", service) == Register("other")
