"""The two files that describe a study, as people write them: the study file (TOML) and the participant sheet (or YAML).

The **study file** holds no names and may be in git: title, terms, guide questions, settings. The **participant sheet**
lies beside a recording and holds names: it is read once and sealed at intake. Examples: config/example-study.toml,
config/example-sheet.toml. Unknown keys are refused, so that a typo is never a silent default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.errors import SheetInvalid, StudyInvalid
from pipeline.interview import CODE, Category, Consent, InterviewId, Person, Sheet, normal_text
from pipeline.settings import first_problem, read_toml

Text = Annotated[str, BeforeValidator(lambda value: normal_text(value).strip() if isinstance(value, str) else value)]
Name = Annotated[Text, Field(min_length=2, pattern=r"\w")]
Code = Annotated[str, BeforeValidator(lambda value: value.strip() if isinstance(value, str) else value)]
Tables = Mapping[str, Any]
"""What a sheet says, before it is looked at."""
YAML = (".yaml", ".yml")
ENDINGS = (".toml", *YAML)
"""Of participant sheets."""
REQUIRED = ("study", "participant", "session", "consent")
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
    return sheet_of(read_tables(path), path)


def read_tables(path: Path) -> Tables:
    """What the sheet at `path` says, TOML or YAML by its ending. Raises SheetInvalid."""
    return _read_yaml(path) if path.suffix.lower() in YAML else read_toml(path, SheetInvalid)


def laid_over(below: Tables, over: Tables) -> Tables:
    """`over`, and what it does not say of `below`. Of both: people and categories, so that nobody is missed.

    >>> laid_over({"study": "a", "people": [{"name": "가나"}]}, {"study": "b", "people": [{"name": "다라"}]})
    {'study': 'b', 'people': [{'name': '다라'}, {'name': '가나'}]}
    """
    both = {**below, **over}
    for key in ("people", "categories"):
        lists = [tables[key] for tables in (over, below) if isinstance(tables.get(key), list)]
        if len(lists) == 2:
            both[key] = [*lists[0], *(entry for entry in lists[1] if _name(entry) not in map(_name, lists[0]))]
    return both


def _name(entry: object) -> object:
    return normal_text(str(entry.get("name"))).strip() if isinstance(entry, dict) else entry


def missing(tables: Tables) -> tuple[str, ...]:
    """What every sheet must say and these do not: study, participant, session, consent."""
    return tuple(key for key in REQUIRED if key not in tables)


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, as TOML does."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(map(repr, keys))) < len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a key is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


def _read_yaml(path: Path) -> Tables:
    """Its errors say where, never what: PyYAML's own words quote the text."""
    try:
        found = yaml.load(path.read_text("utf-8-sig"), _Loader)
    except (OSError, UnicodeDecodeError) as problem:
        raise SheetInvalid(path=path, where=type(problem).__name__) from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f"YAML (line {mark.line + 1}, column {mark.column + 1})" if mark else "YAML"
        raise SheetInvalid(path=path, where=where) from None
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise SheetInvalid(path=path, where="YAML: key: value")
    return found


def sheet_of(tables: Tables, path: Path) -> Sheet:
    """The participant sheet that says so; `path` stands in the error. Raises SheetInvalid."""
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
