from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from pipeline.errors import ApprovalStale
from pipeline.interview import Consent, EngineId, InterviewId, Part, Person, Recording, Role, Sheet, Source
from pipeline.speech import Gap
from pipeline.stages.release import release
from pipeline.transcript import Approval, Descent, Line, Provenance, Pseudonymized

ID = InterviewId("peers", "P01", "S1")
PART = Part("ab", "part01", 1, 61.5, 1, 16000, "aac")
SHEET = Sheet(ID, Consent(True, True), 2, (Person("김민수"),), (("age", "30"),), date(2026, 5, 1))
SOURCE = Source(ID, (PART,), SHEET)
RECORDING = Recording("recording", "cd", 984_000, 0.5, "ab")
DRAFT = Pseudonymized(ID, (Line("id-1", 1, 1, "S1", Role.PARTICIPANT, 0, 1, "네"),), (Gap(2, 3, "no words"),),
                      (Descent("id-1", "new"),), 1, 0)  # fmt: skip
AT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)


def test_a_release_is_the_draft_unchanged_with_how_it_was_made() -> None:
    engine = EngineId("faster-whisper", "1", (("model.bin", "ef"),), demo_grade=True)
    released = release(
        DRAFT, Approval("12" * 32, "reviewer1", AT), "12" * 32, SOURCE, RECORDING, (("transcribe", engine),)
    )
    assert (released.interview, released.lines, released.gaps, released.lineage) == (
        DRAFT.interview, DRAFT.lines, DRAFT.gaps, DRAFT.lineage
    )  # fmt: skip
    assert (released.attributes, released.recorded_on) == ((("age", "30"),), date(2026, 5, 1))
    assert released.provenance == Provenance(
        (("transcribe", engine),), "cd", 61.5, "12" * 32, "reviewer1", AT, demo_grade=True
    )


@pytest.mark.parametrize("named", ["34" * 32, "", "12" * 31, "12" * 32 + "0"])
def test_an_approval_of_another_draft_releases_nothing(named: str) -> None:
    with pytest.raises(ApprovalStale) as stale:
        release(DRAFT, Approval(named, "reviewer1", AT), "12" * 32, SOURCE, RECORDING, ())
    assert stale.value.facts == {"interview": ID}


def test_the_sheets_people_do_not_pass() -> None:
    released = release(DRAFT, Approval("12" * 32, "reviewer1", AT), "12" * 32, SOURCE, RECORDING, ())
    assert "김민수" not in repr(released)


@pytest.mark.parametrize(("grades", "demo"), [((), False), ((False,), False), ((False, True), True)])
def test_one_engine_of_demo_grade_makes_a_release_of_demo_grade(grades: tuple[bool, ...], demo: bool) -> None:
    engines = tuple((f"step{i}", EngineId("e", "1", (), grade)) for i, grade in enumerate(grades))
    approval = Approval("12" * 32, "reviewer1", AT)
    assert release(DRAFT, approval, "12" * 32, SOURCE, RECORDING, engines).provenance.demo_grade is demo
