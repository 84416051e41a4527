"""`chaerok keys …` as a data manager types it: what it says, how it ends, and that it names nobody but to who asked."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from faults import tree
from leaks.searching import Search
from typer.testing import CliRunner, Result

from flows import cli
from pipeline import custody, errors
from pipeline.interview import Person
from pipeline.places import Home
from pipeline.stages.enlist import enrol
from pipeline.stores.keyring import Identity, custodian, custodians, make_service_identity, service_identity
from pipeline.stores.register import change_register, read_register

NAMES = ("탁하윤", "옹채린")
PEOPLE = (Person(NAMES[0], ("도깨비",), "participant"), Person(NAMES[1], (), ""))
WORD = "노란 우산 셋"
Keys = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with a register of two people; nobody is custodian yet."""
    home = Home(tmp_path / "home")
    change_register(
        home.registers, "peers", make_service_identity(home.keys), partial(enrol, PEOPLE, participant="P01")
    )
    monkeypatch.setenv("CHAEROK_HOME", str(home.root))
    monkeypatch.setenv("CHAEROK_LANG", "en")
    monkeypatch.setattr("getpass.getuser", lambda: "kim")
    return home


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the custodian's identity lies."""
    return tmp_path / "medium" / "custodian.key"


@pytest.fixture
def keys(home: Home, file: Path) -> Keys:
    """The command. Whatever it answers, no name is on standard error or in the log."""

    def keys(verb: str, *words: object, typed: str = "", custodian: Path | None = file) -> Result:
        own = ["--custodian", str(custodian)] if custodian and verb != "log" else []
        result = CliRunner().invoke(cli.app, ["keys", verb, *map(str, words), *own], input=typed)
        log = home.keys / custody.LOG
        written = result.stderr.encode() + (log.read_bytes() if log.exists() else b"")
        assert Search(NAMES).bytes(written, verb) == set()
        return result

    return keys


@pytest.fixture
def begun(keys: Keys) -> Keys:
    """The command, where a custodian without a passphrase was made."""
    assert keys("init", "--no-passphrase", "--whose", "manager").exit_code == 0
    return keys


OF = ("--study", "peers", "--reason", "withdrawal request")


def test_init_makes_both_identities_once(keys: Keys, home: Home, file: Path) -> None:
    made = keys("init", "--whose", "data  manager", typed=f"{WORD}\n{WORD}\n")
    assert made.exit_code == 0
    assert str(file) in made.stdout and "Move this file to another medium" in made.stdout and WORD not in made.output
    ((public, whose),) = custodians(home.keys)
    assert public in made.stdout and whose == "data manager" and custodian(file, WORD).public == public
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.read_bytes().startswith(b"age-encryption.org/")
    before = tree(home.root)
    again = keys("init", typed=f"{WORD}\n{WORD}\n")
    assert again.exit_code == errors.CustodianExists.exit_code and "add-recipient" in again.stderr
    assert tree(home.root) == before


def test_passphrases_that_differ_make_nothing(keys: Keys, home: Home, file: Path) -> None:
    assert keys("init", typed="one\ntwo\n").exit_code == errors.PassphraseUnasked.exit_code
    assert not file.exists() and custodians(home.keys) == ()


def test_with_nobody_at_the_terminal_no_identity_is_made_and_none_opened(keys: Keys, home: Home, file: Path) -> None:
    unasked = keys("init", typed="")
    assert unasked.exit_code == errors.PassphraseUnasked.exit_code and "no passphrase" in unasked.stderr
    assert not file.exists() and custodians(home.keys) == ()
    keys("init", typed=f"{WORD}\n{WORD}\n")
    assert keys("rotate", typed="").exit_code == errors.PassphraseUnasked.exit_code


def test_reveal_names_the_person_to_who_asked_and_is_in_the_log(begun: Keys) -> None:
    shown = begun("reveal", "참여자1", *OF)
    assert (shown.exit_code, shown.stdout) == (0, "참여자1: 탁하윤, 도깨비\n")
    log = begun("log")
    assert log.exit_code == 0 and all(word in log.stdout for word in ("init", "reveal", "kim", "peers", "withdrawal"))


def test_a_passphrase_is_asked_for_and_a_wrong_one_opens_nothing(keys: Keys, home: Home) -> None:
    keys("init", typed=f"{WORD}\n{WORD}\n")
    assert "탁하윤" in keys("reveal", "참여자1", *OF, typed=f"{WORD}\n").stdout
    for verb in (("reveal", "참여자1", *OF), ("rotate",), ("destroy", "참여자1", *OF, "--yes")):
        before = tree(home.root)
        wrong = keys(*verb, typed="노란 우산 넷\n")
        assert wrong.exit_code == errors.PassphraseWrong.exit_code and "wrong passphrase" in wrong.stderr
        assert "탁하윤" not in wrong.output and "우산" not in wrong.output
        assert tree(home.root) == before


REFUSED: dict[str, tuple[tuple[str, ...], type[errors.ChaerokError] | None]] = {
    "no reason": (("--study", "peers"), None),
    "no study": (("--reason", "why"), None),
    "an empty reason": (("--study", "peers", "--reason", " "), errors.ReasonUnfit),
    "a reason with the name": (("--study", "peers", "--reason", "is it 하윤?"), errors.ReasonUnfit),
    "another study": (("--study", "others", "--reason", "why"), errors.PersonUnknown),
}


@pytest.mark.parametrize("verb", ["reveal", "destroy"])
@pytest.mark.parametrize(("words", "error"), REFUSED.values(), ids=REFUSED)
def test_reveal_and_destroy_are_refused(
    begun: Keys, home: Home, verb: str, words: tuple[str, ...], error: type[errors.ChaerokError] | None
) -> None:
    before = tree(home.root)
    refused = begun(verb, "참여자1", *words, *(["--yes"] if verb == "destroy" else []))
    assert refused.exit_code == (error.exit_code if error else 2)
    assert "탁하윤" not in refused.output and tree(home.root) == before


@pytest.mark.parametrize("person", ["참여자7", "탁하윤", "하윤", "entry-9", "[병원A]"])
def test_somebody_unknown_is_not_repeated(begun: Keys, person: str) -> None:
    unknown = begun("reveal", person, *OF)
    assert unknown.exit_code == errors.PersonUnknown.exit_code
    assert unknown.stderr.startswith("error: nobody in peers is known so.") and unknown.stdout == ""


def strangers(home: Home, folder: Path) -> dict[str, tuple[Path, type[errors.ChaerokError]]]:
    """Files that are no custodian's identity, and what using them is."""
    stranger, nonsense = folder / "stranger.key", folder / "nonsense"
    stranger.write_text(Identity.fresh().secret)
    nonsense.write_text("nonsense")
    return {
        "a stranger": (stranger, errors.IdentityInvalid),
        "the service": (home.keys / "service.key", errors.IdentityInvalid),
        "nonsense": (nonsense, errors.IdentityInvalid),
        "nothing": (folder / "none", errors.KeyMissing),
    }


@pytest.mark.parametrize("whose", ["a stranger", "the service", "nonsense", "nothing"])
def test_only_a_custodian_reveals(begun: Keys, home: Home, tmp_path: Path, whose: str) -> None:
    path, error = strangers(home, tmp_path)[whose]
    refused = begun("reveal", "참여자1", *OF, custodian=path)
    assert refused.exit_code == error.exit_code and "탁하윤" not in refused.output
    assert [act.act for act in custody.acts(home)] == ["init"]


def test_a_second_custodian_opens_it_all(begun: Keys, home: Home, tmp_path: Path) -> None:
    second = Identity.fresh()
    (tmp_path / "second.key").write_text(second.secret)
    added = begun("add-recipient", second.public, "--whose", "PI")
    assert (added.exit_code, added.stdout) == (0, "3 keys wrapped for them too\n")
    assert "탁하윤" in begun("reveal", "참여자1", *OF, custodian=tmp_path / "second.key").stdout
    refused = begun("add-recipient", "age1nonsense")
    assert refused.exit_code == errors.IdentityInvalid.exit_code and len(custodians(home.keys)) == 2


@pytest.mark.parametrize("words", [(), ("--everything",)])
def test_after_rotate_the_old_service_identity_opens_nothing(begun: Keys, home: Home, words: tuple[str, ...]) -> None:
    old = service_identity(home.keys)
    rotated = begun("rotate", *words)
    assert (rotated.exit_code, rotated.stdout) == (0, "3 keys wrapped anew\n")
    assert read_register(home.registers, "peers", service_identity(home.keys)).entries[0].forms[0] == "탁하윤"
    with pytest.raises(errors.KeyWrong):
        read_register(home.registers, "peers", old)
    assert "탁하윤" in begun("reveal", "참여자1", *OF).stdout


def test_destroy_asks_first_and_is_for_good(begun: Keys, home: Home) -> None:
    assert begun("destroy", "참여자1", *OF, typed="n\n").exit_code == 1
    assert "탁하윤" in begun("reveal", "참여자1", *OF).stdout
    destroyed = begun("destroy", "참여자1", *OF, typed="y\n")
    assert destroyed.exit_code == 0 and "participant-P01: destroyed" in destroyed.stdout
    assert begun("reveal", "참여자1", *OF).exit_code == errors.PersonUnknown.exit_code
    assert "옹채린" in begun("reveal", "[이름1]", *OF).stdout
    assert [act.act for act in custody.acts(home)] == ["init", "reveal", "destroy", "reveal"]


def test_a_log_that_was_changed_stops_everything_that_would_be_written_into_it(begun: Keys, home: Home) -> None:
    begun("reveal", "참여자1", *OF)
    begun("reveal", "참여자1", *OF)
    path = home.keys / custody.LOG
    path.write_bytes(re.sub(rb"withdrawal", b"curiosity!", path.read_bytes(), count=1))
    for verb in (("log",), ("reveal", "참여자1", *OF), ("rotate",), ("destroy", "참여자1", *OF, "--yes")):
        broken = begun(*verb)
        assert broken.exit_code == errors.LogBroken.exit_code and "line 3" in broken.stderr
        assert "탁하윤" not in broken.output
    assert read_register(home.registers, "peers", service_identity(home.keys)).entries[0].forms


def test_in_korean_it_says_the_same(begun: Keys, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_LANG", "ko")
    assert begun("reveal", "참여자9", *OF).stderr.startswith("오류: peers에 그런 사람이 없습니다.")
    assert begun("rotate").stdout.startswith("열쇠 3개를 새로 봉했습니다.")
