"""The house's own rules: small files and functions, names that mean something, every verb and setting explained."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest
import typer

from flows.cli import app
from pipeline.places import ROOT
from pipeline.settings import DEFAULTS
from pipeline.steps import STEPS
from pipeline.transcript import ARTIFACTS

MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION = 300, 40
EXCEPTIONS: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["chaerok"][
    "exceptions"
]
CODE = sorted([ROOT / "go.py", *(path for part in ("pipeline", "flows") for path in (ROOT / part).rglob("*.py"))])
each_file = pytest.mark.parametrize("path", CODE, ids=lambda path: path.relative_to(ROOT).as_posix())
EMPTY_NAMES = re.compile(r"util|helper|manager", re.IGNORECASE)
TOOLS_NAMES = re.compile(r"LogManager|contextmanager|get_manager")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(path: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


@each_file
def test_a_file_is_small_or_an_exception_with_its_reason(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= MOST_LINES_OF_A_FILE or name_of(path) in EXCEPTIONS, lines


@each_file
def test_a_function_is_small_or_an_exception_with_its_reason(path: Path) -> None:
    large = {f"{name_of(path)}:{f.name}" for f in functions(path) if lines_of(f) > MOST_LINES_OF_A_FUNCTION}
    assert large <= EXCEPTIONS.keys()


def test_an_exception_is_needed_and_has_a_reason() -> None:
    for name, reason in EXCEPTIONS.items():
        path, _, function = name.partition(":")
        assert len(reason) > 10
        if function:
            assert [f for f in functions(ROOT / path) if f.name == function and lines_of(f) > MOST_LINES_OF_A_FUNCTION]
        else:
            assert len((ROOT / path).read_text("utf-8").splitlines()) > MOST_LINES_OF_A_FILE


@each_file
def test_names_say_what_a_thing_is(path: Path) -> None:
    assert not EMPTY_NAMES.search(name_of(path))
    defined = [node.name for node in ast.walk(ast.parse(path.read_text("utf-8")))
               if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]  # fmt: skip
    assert not [name for name in defined if EMPTY_NAMES.search(name)]


@each_file
def test_every_file_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8")))


@each_file
def test_errors_are_never_swallowed(path: Path) -> None:
    """No bare except, and nothing caught only to be passed over."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None
            assert not all(isinstance(part, ast.Pass) for part in node.body), node.lineno


def verbs() -> list[tuple[str, str]]:
    """(verb, for its group ``weights get``)."""
    group = typer.main.get_command(app)
    commands = group.commands  # type: ignore[attr-defined]
    return [
        (name, inner) for name, command in sorted(commands.items()) for inner in getattr(command, "commands", {"": 0})
    ]


@pytest.mark.parametrize("words", verbs(), ids=lambda words: " ".join(words).strip())
def test_every_verb_is_in_the_documents(words: tuple[str, str]) -> None:
    pages = "".join((ROOT / page).read_text("utf-8") for page in ("README.md", "docs/operations.md"))
    verb, inner = words
    assert re.search(rf"`(?:chaerok |python3 go\.py )?{verb}\b", pages)
    assert re.search(rf"`[^`]*\b{inner}\b[^`]*`", pages)


@pytest.mark.parametrize("words", verbs(), ids=lambda words: " ".join(words).strip())
def test_every_option_of_a_verb_is_in_its_row(words: tuple[str, str]) -> None:
    group = typer.main.get_command(app)
    command = group.commands[words[0]]  # type: ignore[attr-defined]
    command = command.commands[words[1]] if words[1] else command
    pages = "".join((ROOT / page).read_text("utf-8") for page in ("README.md", "docs/operations.md"))
    options = [option for parameter in command.params for option in parameter.opts if option.startswith("--")]
    assert [option for option in options if option != "--help" and option not in pages] == []


def test_the_operations_page_explains_the_settings_file_and_every_variable() -> None:
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert "config/default.toml" in page
    code = "".join(path.read_text("utf-8") for path in CODE)
    variables = set(re.findall(r"CHAEROK_[A-Z]+", code))
    assert {name for name in variables if name not in page} == set()


def test_every_setting_has_a_comment_above_it_or_beside_it() -> None:
    """In the table that operations.md points to, a setting is explained by itself or by its neighbours' comments."""
    tables = re.split(r"(?m)^(?=\[)", DEFAULTS.read_text("utf-8"))[1:]
    assert [table.split("]")[0] for table in tables if "#" not in table and "port" not in table] == []


@pytest.mark.parametrize(
    "page", ["docs/architecture.md", "docs/glossary.md", "docs/data-protection.md", "docs/errors.md"]
)
def test_the_documents_are_there(page: str) -> None:
    assert len((ROOT / page).read_text("utf-8")) > 500


def test_the_architecture_names_every_step_and_artifact() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert [row.name for row in STEPS if row.name not in page] == []
    assert [kind.__name__ for kind in ARTIFACTS if kind.__name__ not in page] == []


@each_file
def test_no_path_of_any_machine_stands_in_the_code(path: Path) -> None:
    assert not re.search(r"[\"'](?:/work|/opt|/root|/home)/", path.read_text("utf-8"))


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", page.read_text("utf-8")):
            assert (page.parent / target).exists(), f"{name_of(page)}: {target}"
