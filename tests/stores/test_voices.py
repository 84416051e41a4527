from __future__ import annotations

from pathlib import Path

import pytest
from faults import tree
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import KeyMissing, KeyWrong, SealBroken
from pipeline.people import Register
from pipeline.stores.keyring import Identity
from pipeline.stores.register import change_register
from pipeline.stores.voices import Voice, digest, read_voices, write_voices

ME = Identity.fresh()
VOICE, OTHER = Voice((0.6, 0.8), "a" * 64), Voice((1.0, 0.0), "a" * 64)


def test_a_study_begins_without_voices(tmp_path: Path) -> None:
    assert read_voices(tmp_path, "peers", ME) == () and tree(tmp_path) == {}


def test_the_voices_written_last_are_the_studys(tmp_path: Path) -> None:
    write_voices(tmp_path, "peers", ME, [VOICE])
    write_voices(tmp_path, "peers", ME, [OTHER, VOICE])
    assert read_voices(tmp_path, "peers", ME) == (OTHER, VOICE)
    assert read_voices(tmp_path, "others", ME) == ()


def test_no_voices_leave_no_file(tmp_path: Path) -> None:
    write_voices(tmp_path, "peers", ME, ())  # nothing there yet: nothing to remove
    write_voices(tmp_path, "peers", ME, [VOICE])
    write_voices(tmp_path, "peers", ME, ())
    assert read_voices(tmp_path, "peers", ME) == ()
    assert not list(tmp_path.glob("*.voices"))


def test_voices_and_register_share_a_key_and_leave_each_other_alone(tmp_path: Path) -> None:
    change_register(tmp_path, "peers", ME, lambda register: Register("peers", register.entries))
    write_voices(tmp_path, "peers", ME, [VOICE])
    assert read_voices(tmp_path, "peers", ME) == (VOICE,)
    assert [path.name for path in sorted(tmp_path.glob("[!.]*.key"))] == ["peers.key"]


def test_on_the_disk_they_are_sealed(tmp_path: Path) -> None:
    write_voices(tmp_path, "peers", ME, [VOICE])
    (path,) = tmp_path.glob("*.voices")
    assert b"numbers" not in path.read_bytes() and path.stat().st_mode & 0o077 == 0
    with pytest.raises(KeyWrong):
        read_voices(tmp_path, "peers", Identity.fresh())
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(SealBroken):
        read_voices(tmp_path, "peers", ME)
    (tmp_path / "peers.key").unlink()
    with pytest.raises(KeyMissing):
        read_voices(tmp_path, "peers", ME)


@given(st.lists(st.sampled_from([VOICE, OTHER]), max_size=3), st.lists(st.sampled_from([VOICE, OTHER]), max_size=3))
def test_equal_voices_and_no_others_have_one_digest(some: list[Voice], more: list[Voice]) -> None:
    assert (digest(some) == digest(more)) is (some == more)
    assert bool(digest(some)) is bool(some)
