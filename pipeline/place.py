"""What vault and register ask of where they lie: the part of `pathlib.Path` that they use, so that a folder is itself.

What a path cannot say is done by `pipeline.stores.sealed` (write whole or not at all) and `pipeline.stores.locks` (take
turns), which ask what kind of place it is. `pipeline.objects` is the other kind: a prefix in an object store.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol, Self


class Place(Protocol):
    """A file or folder: the part of `pathlib.Path` that vault and register use."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def stem(self) -> str: ...  # noqa: D102
    @property
    def suffix(self) -> str: ...  # noqa: D102
    @property
    def parent(self) -> Self: ...  # noqa: D102
    def __truediv__(self, key: str, /) -> Self: ...
    def __lt__(self, other: Any, /) -> bool: ...
    def with_name(self, name: str) -> Self: ...  # noqa: D102
    def with_suffix(self, suffix: str) -> Self: ...  # noqa: D102
    def relative_to(self, other: Any, /) -> Any: ...  # noqa: D102
    def exists(self) -> bool: ...  # noqa: D102
    def is_dir(self) -> bool: ...  # noqa: D102
    def is_file(self) -> bool: ...  # noqa: D102
    def read_bytes(self) -> bytes: ...  # noqa: D102
    def glob(self, pattern: str, /) -> Iterator[Self]: ...  # noqa: D102
    def unlink(self, missing_ok: bool = False) -> None: ...  # noqa: D102
