from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from faults import die, killed, leavings, tree, with_room
from hypothesis import given, settings
from hypothesis import strategies as st
from nouns import any_of

from pipeline.errors import DiskFull, InterviewUnknown, KeyMissing, KeyWrong, PlaceBusy, SealBroken
from pipeline.interview import Artifact, EngineId, InterviewId, Part, Recording, Sheet, Source
from pipeline.place import Place
from pipeline.speech import Diarization, Turn
from pipeline.stores import vault as vaults
from pipeline.stores.keyring import Identity
from pipeline.stores.sealed import write_atomically
from pipeline.stores.vault import Stamp, Vault, require_source, to_json
from pipeline.transcript import Mentions, Transcript

ID = InterviewId("peers", "P01", "S1")
STAMP = Stamp("diarize", 1, (("Recording", "ab"),), "cd", EngineId("replay", "1", (("a.json", "ef"),)))
TURNS = Diarization((Turn(0, 1, "S1"),), (Turn(0, 1, "S1"),), ("S1",), True)
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a copy of this process")


@pytest.fixture
def vault(root: Place) -> Vault:
    return Vault(root, Identity.fresh())


@pytest.fixture
def in_folder(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault", Identity.fresh())


@pytest.fixture(scope="module")
def one_vault(lasting_root: Place) -> Vault:
    return Vault(lasting_root, Identity.fresh())


def everything(vault: Vault) -> dict[str, bytes]:
    return {name: (vault.root / name).read_bytes() for name, what in tree(vault.root).items() if what != "/"}


# --- artifacts ------------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(any_of(Transcript) | any_of(Source) | any_of(Mentions), any_of(InterviewId))
def test_any_artifact_is_read_back_as_it_was_written(one_vault: Vault, artifact: Artifact, id: InterviewId) -> None:
    one_vault.write(id, artifact, STAMP)
    assert one_vault.read(id, type(artifact)) == artifact


def test_what_was_not_made_is_none(vault: Vault) -> None:
    assert vault.read(ID, Diarization) is None
    assert vault.stamp(ID, Diarization) is None
    assert vault.interviews() == ()
    assert vault.failures(ID) == {}


def test_nothing_in_the_vault_can_be_read_without_the_key(vault: Vault) -> None:
    secret = "김민수가 말했다"
    vault.write(ID, replace(TURNS, speakers=(secret,)), STAMP)
    vault.write_blob(ID, "part01", [secret.encode()])
    vault.write_failure(ID, "diarize", secret)
    held = everything(vault)
    assert len(held) == 5 and not [name for name, data in held.items() if secret.encode() in data]


def test_a_stamp_comes_back_with_the_hash_of_what_was_made(vault: Vault) -> None:
    written = vault.write(ID, TURNS, STAMP)
    read = vault.stamp(ID, Diarization)
    assert read == written
    assert read is not None and read.made and read.sealed
    assert read.same_work(STAMP) and STAMP.same_work(read)


def test_the_same_artifact_has_the_same_hash_however_often_it_is_sealed(vault: Vault) -> None:
    first, second = vault.write(ID, TURNS, STAMP), vault.write(ID, TURNS, STAMP)
    assert first.made == second.made and first.sealed != second.sealed


@pytest.mark.parametrize(
    ("change", "same"),
    [({"step": "x"}, False), ({"version": 2}, False), ({"inputs": ()}, False), ({"settings": ""}, False),
     ({"engine": None}, False), ({"engine": EngineId("replay", "2")}, False), ({"made": "x"}, True),
     ({"sealed": "x"}, True)],
    ids=lambda value: "".join(value) if isinstance(value, dict) else "",
)  # fmt: skip
def test_work_is_the_same_where_all_that_it_was_made_of_is(change: dict[str, object], same: bool) -> None:
    assert STAMP.same_work(replace(STAMP, **change)) is same  # type: ignore[arg-type]
    assert {field.name for field in fields(Stamp)} == {
        "step", "version", "inputs", "settings", "engine", "made", "sealed", "seconds"
    }  # fmt: skip


def test_no_work_is_not_the_same_work() -> None:
    assert not STAMP.same_work(None)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"step": 1}', b"\xff"])
def test_a_damaged_stamp_vouches_for_nothing(vault: Vault, content: bytes) -> None:
    vault.write(ID, TURNS, STAMP)
    write_atomically(vault.folder(ID) / "03-diarization.stamp", [content])
    assert vault.stamp(ID, Diarization) is None


def test_a_stamp_vouches_for_its_own_file_only(vault: Vault) -> None:
    path = vault.folder(ID) / "03-diarization"
    vault.write(ID, TURNS, STAMP)
    stamp = path.with_name("03-diarization.stamp").read_bytes()
    vault.write(ID, TURNS, STAMP)
    write_atomically(path.with_name("03-diarization.stamp"), [stamp])
    assert vault.stamp(ID, Diarization) is None
    path.unlink()
    assert vault.stamp(ID, Diarization) is None


def test_what_is_removed_is_not_there(vault: Vault) -> None:
    vault.write(ID, TURNS, STAMP)
    vault.remove(ID, Diarization)
    vault.remove(ID, Diarization)
    assert tree(vault.folder(ID)) == {}


def test_an_artifact_of_another_shape_is_broken(vault: Vault) -> None:
    path = vault.folder(ID) / "03-diarization"
    vaults.seal(path, [b'{"turns": "none"}'], vault._key(ID, make=True), vault._place(path))
    with pytest.raises(SealBroken) as broken:
        vault.read(ID, Diarization)
    assert broken.value.facts == {"path": path}


def test_an_artifact_of_another_interview_does_not_open_here(vault: Vault) -> None:
    other = InterviewId("peers", "P01", "S2")
    vault.write(ID, TURNS, STAMP)
    vault.write(other, replace(TURNS, speakers=()), STAMP)
    swapped = (vault.folder(other) / "03-diarization").read_bytes()
    write_atomically(vault.folder(ID) / "03-diarization", [swapped])
    with pytest.raises(SealBroken):
        vault.read(ID, Diarization)


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_participant_has_one_key_for_all_sessions(vault: Vault) -> None:
    for session in ("S1", "S2"):
        vault.write(InterviewId("peers", "P01", session), TURNS, STAMP)
    vault.write(InterviewId("peers", "P02", "S1"), TURNS, STAMP)
    assert len([name for name in everything(vault) if name.endswith("participant.key")]) == 2


def test_another_identity_opens_nothing(vault: Vault) -> None:
    vault.write(ID, TURNS, STAMP)
    vault.write_blob(ID, "part01", [b"x"])
    stranger = Vault(vault.root, Identity.fresh())
    for work in (lambda: stranger.read(ID, Diarization), lambda: stranger.open_blob(ID, "part01"),
                 lambda: stranger.write(ID, TURNS, STAMP)):  # fmt: skip
        with pytest.raises(KeyWrong):
            work()


def test_without_the_participants_key_all_of_theirs_is_unreadable(vault: Vault) -> None:
    vault.write(ID, TURNS, STAMP)
    (vault.folder(ID).parent / "participant.key").unlink()
    with pytest.raises(KeyMissing):
        vault.read(ID, Diarization)


# --- audio ----------------------------------------------------------------------------------------------------------

SOUND = bytes(range(256)) * 1000


@settings(max_examples=40)
@given(st.integers(-10, 130_000), st.integers(-10, 130_000))
def test_any_range_of_a_recording_is_the_samples_of_that_range(one_vault: Vault, start: int, stop: int) -> None:
    samples = len(SOUND) // 2
    if not one_vault.has_blob(ID, "recording"):
        one_vault.write_blob(ID, "recording", [SOUND])
    audio = one_vault.audio(ID, Recording("recording", "", samples, 1.0, ""))
    expected = SOUND[2 * max(0, start) : 2 * max(0, stop)]
    assert audio.read(start, stop) == expected


def test_a_stream_is_sealed_with_its_hash_and_size(vault: Vault) -> None:
    import hashlib

    sha256, size = vault.write_blob(ID, "part01", iter([SOUND[:70_000], b"", SOUND[70_000:]]))
    assert (sha256, size) == (hashlib.sha256(SOUND).hexdigest(), len(SOUND))
    with vault.open_blob(ID, "part01") as stream:
        assert stream.read() == SOUND


def test_audio_that_is_gone_is_a_damage(vault: Vault) -> None:
    with pytest.raises(SealBroken):
        vault.open_blob(ID, "part01")


# --- interviews -----------------------------------------------------------------------------------------------------


def source(id: InterviewId = ID) -> Source:
    from pipeline.interview import Consent

    return Source(id, (Part("ab", "part01", 1, 1.0, 1, 16000, "flac"),), Sheet(id, Consent(True, True)))


def test_interviews_are_those_with_a_source_in_order(vault: Vault) -> None:
    ids = [InterviewId("b", "P1", "S1"), InterviewId("a", "P2", "S1"), InterviewId("a", "P1", "S2")]
    for id in ids:
        vault.write(id, source(id), Stamp("intake", 1))
    vault.write(ID, TURNS, STAMP)
    assert vault.interviews() == tuple(sorted(ids))


def test_an_interview_that_was_not_taken_in_is_unknown(vault: Vault) -> None:
    with pytest.raises(InterviewUnknown):
        require_source(vault, ID)
    vault.write(ID, source(), Stamp("intake", 1))
    assert require_source(vault, ID) == source()


def test_discarding_undoes_the_first_session_wholly(vault: Vault) -> None:
    vault.write(ID, source(), Stamp("intake", 1))
    vault.discard(ID)
    assert tree(vault.root) == {}


def test_discarding_leaves_the_participants_other_sessions(vault: Vault) -> None:
    other = InterviewId("peers", "P01", "S2")
    vault.write(other, source(other), Stamp("intake", 1))
    before = tree(vault.root)
    vault.write(ID, source(), Stamp("intake", 1))
    vault.discard(ID)
    assert tree(vault.root) == before
    assert vault.read(other, Source) == source(other)


def test_one_holder_at_a_time_for_one_thing(vault: Vault) -> None:
    with vault.locked(ID, "diarize"):
        with pytest.raises(PlaceBusy), vault.locked(ID, "diarize"):
            pytest.fail("two hold the lock")
        with vault.locked(ID, "transcribe"):
            pass
    with vault.locked(ID, "diarize"):
        pass


# --- failures and faults --------------------------------------------------------------------------------------------


def test_a_failure_is_kept_until_the_step_succeeds(vault: Vault) -> None:
    vault.write_failure(ID, "diarize", "Traceback …\n\ud800".encode(errors="replace").decode())
    vault.write_failure(ID, "merge", "second")
    assert list(vault.failures(ID)) == ["diarize", "merge"]
    vault.clear_failure(ID, "diarize")
    vault.clear_failure(ID, "diarize")
    assert vault.failures(ID) == {"merge": "second"}


def room_for(artifact: Artifact) -> int:
    return len(to_json(artifact)) + vaults.seal.__globals__["HEADER"] + 16


@pytest.mark.parametrize("room", [0, 20, room_for(TURNS) - 1, room_for(TURNS), room_for(TURNS) + 10])
def test_a_disk_that_fills_up_leaves_no_half_and_no_false_stamp(
    in_folder: Vault, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    vault = in_folder
    vault.write(ID, source(), Stamp("intake", 1))
    before = tree(vault.root)
    with_room(monkeypatch, room)
    with pytest.raises(DiskFull):
        vault.write(ID, TURNS, STAMP)
    monkeypatch.undo()
    assert vault.stamp(ID, Diarization) is None
    assert leavings(vault.root) == []
    whole = {"peers/P01/S1/03-diarization"} if room >= room_for(TURNS) else set()
    assert tree(vault.root).keys() - before.keys() == whole


def test_an_old_artifact_survives_a_disk_that_is_full(in_folder: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault = in_folder
    vault.write(ID, TURNS, STAMP)
    before = tree(vault.root)
    with_room(monkeypatch, 30)
    with pytest.raises(DiskFull):
        vault.write(ID, replace(TURNS, speakers=("S1", "S2")), STAMP)
    monkeypatch.undo()
    assert tree(vault.root) == before
    assert vault.read(ID, Diarization) == TURNS
    assert vault.stamp(ID, Diarization) is not None


@forks
def test_what_a_killed_writer_left_is_gone_with_the_next_write(vault: Vault) -> None:
    def half() -> Iterator[bytes]:
        yield SOUND
        die()

    vault.write(ID, TURNS, STAMP)
    assert killed(lambda: vault.write_blob(ID, "recording", half()))
    assert len(leavings(vault.root)) == (1 if isinstance(vault.root, Path) else 0)
    assert not vault.has_blob(ID, "recording")
    vault.write_blob(ID, "recording", [SOUND])
    assert leavings(vault.root) == []


@forks
def test_a_lock_dies_with_its_holder(vault: Vault) -> None:
    def hold() -> None:
        with vault.locked(ID, "diarize"):
            die()

    assert killed(hold)
    if not isinstance(vault.root, Path):
        with pytest.raises(PlaceBusy), vault.locked(ID, "diarize"):
            pytest.fail("its lease is not over yet")
    with vault.locked(ID, "diarize", patience=5):
        pass
