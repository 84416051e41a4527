"""Names of projects, documents and tags as these programs take them, and the marks by which ours are known again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import count

from pipeline.codes import Code, Codebook
from pipeline.interview import InterviewId, normal_text

LONGEST_NAME = 50
"""Of a project or document: Taguette's and Label Studio's limit (read in 1.5.2 and 1.23.2)."""
LONGEST_PATH = 200
"""Of a tag (Taguette)."""

RELEASE = re.compile(r"chaerok:release:([0-9a-f]{64})")
CODE = re.compile(r"^chaerok:code:(.+)$", re.MULTILINE)


def shortened(name: str, longest: int) -> str:
    """`name`, or its beginning and a hash of all of it.

    >>> shortened("가" * 60, 50)[38:]
    '가~bd1a6ddf76'
    """
    if len(name) <= longest:
        return name
    return f"{name[: longest - 11]}~{hashlib.sha256(name.encode()).hexdigest()[:10]}"


def project_name(study: str, coder: str, round: int = 1) -> str:
    """As the coder sees it."""
    return shortened(f"{study} · {coder}{f' · {round}차' if round > 1 else ''}", LONGEST_NAME)


def document_name(interview: InterviewId, version: int) -> str:
    """As the coder sees it; versions are told apart."""
    return f"{shortened(f'{interview.participant}-{interview.session}', LONGEST_NAME - 8)} v{version}"


def tag_paths(book: Codebook) -> dict[str, str]:
    """What each code is called where the tree is flat, by its id: ``상위/하위``, no two alike."""
    paths: dict[str, str] = {}
    for _, code in book.walk():
        whole = "/".join(normal_text(one.name).strip() for one in book.path(code.id))
        paths[code.id] = next(name for name in _names(whole) if name not in paths.values())
    return paths


def _names(whole: str) -> Iterator[str]:
    """The name, then ``name (2)``: a code may have a slash in its own."""
    yield shortened(whole, LONGEST_PATH)
    for number in count(2):
        yield f"{shortened(whole, LONGEST_PATH - 6)} ({number})"


def code_note(code: Code) -> str:
    """A tag's description: the code's, and which one it is."""
    return f"{code.description}\n\nchaerok:code:{code.id}".strip()


def code_of(note: str) -> str | None:
    """Which code a tag with this description is."""
    found = CODE.search(note)
    return found[1].strip() if found else None


def release_note(release: str) -> str:
    """A document's description."""
    return f"채록이 올린 원고입니다. 아래 줄은 지우지 마세요.\nchaerok:release:{release}"


def release_of(note: str) -> str:
    """Which release a document with this description is; empty for none."""
    found = RELEASE.search(note)
    return found[1] if found else ""
