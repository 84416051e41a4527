"""The two files that describe a study, as people write them (TOML): the study file and the participant sheet.

The **study file** holds no names and may be in git: title, terms, guide questions, settings. The **participant sheet**
lies beside a recording and holds names: it is read once and sealed at intake. Examples: config/example-study.toml,
config/example-sheet.toml. Unknown keys are refused, so that a typo is never a silent default.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.errors import SheetInvalid, StudyInvalid
from pipeline.interview import CODE, Category, Consent, InterviewId, Person, Sheet, normal_text
from pipeline.settings import first_problem, read_toml

Text = Annotated[str, BeforeValidator(lambda value: normal_text(value).strip() if isinstance(value, str) else value)]
Name = Annotated[Text, Field(min_length=2, pattern=r"\w")]
Code = Annotated[str, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]
PersonRole = Literal["participant", "interviewer", "family", "colleague", "clinician", "other"]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _each(words: object) -> object:
    """A word by itself is a thing with one word."""
    return [[word] if isinstance(word, str) else word for word in words] if isinstance(words, list | tuple) else words


class _CategoryTable(_Table):
    name: Annotated[Text, Field(min_length=1, max_length=12, pattern=r"^[^\[\]{}\n]*$")]
    words: Annotated[
        tuple[Annotated[tuple[Name, ...], Field(min_length=1)], ...], BeforeValidator(_each), Field(min_length=1)
    ]


def _categories(tables: tuple[_CategoryTable, ...]) -> tuple[Category, ...]:
    return tuple(Category(table.name, table.words) for table in tables)


class Study(_Table):
    """A study file."""

    id: Annotated[Code, Field(pattern=f"^{CODE.pattern}$")]
    title: Text = ""
    example: bool = False
    """True only for the bundled example: its draft may be approved by the actor "demo"."""
    terms: tuple[Text, ...] = ()
    """Words of the field that the transcriber should expect."""
    questions: tuple[Text, ...] = ()
    """The interview guide, in order."""
    categories: tuple[_CategoryTable, ...] = ()
    """What is hidden beside names: programmes, wards. The words may be in git; others belong into a sheet."""
    settings: dict[str, Any] = {}

    @property
    def listed(self) -> tuple[Category, ...]:
        """Its categories."""
        return _categories(self.categories)


class _PersonTable(_Table):
    name: Name
    aliases: tuple[Name, ...] = ()
    role: PersonRole = "other"


class _ConsentTable(_Table):
    recording: bool
    processing: bool
    until: date | None = None
    audio: bool = False


class _SheetFile(_Table):
    study: Code
    participant: Code
    session: Code
    speakers: Annotated[int, Field(ge=1, le=10)] | Literal["unknown"] = 2
    recorded_on: date | None = None
    consent: _ConsentTable
    people: tuple[_PersonTable, ...] = ()
    attributes: dict[Text, Text] = {}
    categories: tuple[_CategoryTable, ...] = ()


def read_study(path: Path) -> Study:
    """The study file at `path`. Raises StudyInvalid."""
    tables = read_toml(path, StudyInvalid)
    try:
        return Study.model_validate(tables)
    except ValidationError as error:
        raise StudyInvalid(path=path, where=first_problem(error)) from None


def read_sheet(path: Path) -> Sheet:
    """The participant sheet at `path`. Raises SheetInvalid; its message never quotes a value, which may be a name."""
    tables = read_toml(path, SheetInvalid)
    try:
        table = _SheetFile.model_validate(tables)
    except ValidationError as error:
        raise SheetInvalid(path=path, where=first_problem(error)) from None
    try:
        interview = InterviewId(table.study, table.participant, table.session)
    except ValueError as error:
        raise SheetInvalid(path=path, where=f"study, participant, session: {error}") from None
    return Sheet(
        interview=interview,
        consent=Consent(**table.consent.model_dump()),
        speakers=None if table.speakers == "unknown" else table.speakers,
        people=tuple(Person(person.name, person.aliases, person.role) for person in table.people),
        attributes=tuple(sorted(table.attributes.items())),
        recorded_on=table.recorded_on,
        categories=_categories(table.categories),
    )
