"""A `Place` in an S3-compatible object store, through fsspec.

An object appears with the one request that ends its upload, so no half of it is ever seen. Only sealed bytes, wrapped
keys and stamps are ever given to it. Credentials are botocore's affair: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or
a file that is its owner's alone.
"""

from __future__ import annotations

import errno
import io
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

from pipeline.errors import PlaceUnreachable, SettingsInvalid

SCHEME = "s3://"
PART = 8 << 20
"""Bytes of a part of an upload (5 MiB is S3's least); what is smaller goes up in one request."""
AHEAD = 1 << 20
"""Bytes fetched at once while a stream is read."""
TIMES = {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 4}}
NOT_AS_EXPECTED = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}


def bucket(where: str, endpoint: str) -> ObjectPlace:
    """The place ``s3://BUCKET/PREFIX``. Raises PlaceUnreachable where the bucket is not there, SettingsInvalid."""
    key = where.removeprefix(SCHEME).strip("/")
    if not key:
        raise SettingsInvalid(path=where, where="s3://BUCKET/PREFIX")
    _require_bucket(endpoint, key.partition("/")[0], os.getpid())
    return ObjectPlace(key, endpoint)


@lru_cache(maxsize=8)
def _require_bucket(endpoint: str, name: str, process: int) -> None:
    """A missing bucket would look like an empty vault."""
    try:
        with _reaching(f"{SCHEME}{name}"):
            _files(endpoint, process).call_s3("head_bucket", Bucket=name)
    except FileNotFoundError:
        raise PlaceUnreachable(path=f"{SCHEME}{name}", why="no such bucket") from None


@lru_cache(maxsize=8)
def _files(endpoint: str, process: int) -> Any:
    """fsspec's file system, one for each process: its thread does not survive a fork. Raises SettingsInvalid."""
    import s3fs

    own = Path(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or Path.home() / ".aws" / "credentials")
    if own.exists() and os.name == "posix" and own.stat().st_mode & 0o077:
        raise SettingsInvalid(path=own, where="chmod 600")
    # When required: many stores know none of the checksums that botocore adds of its own accord.
    checks = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
    style = {"s3": {"addressing_style": "path"}} if endpoint else {}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return s3fs.S3FileSystem(
        endpoint_url=endpoint or None,
        client_kwargs={"region_name": region},
        config_kwargs={**TIMES, **checks, **style},
        use_listings_cache=False,
        skip_instance_cache=True,
        max_concurrency=1,
    )


@contextmanager
def _reaching(path: object) -> Iterator[None]:
    """Errors of network and store as PlaceUnreachable, by their class alone; a missing object stays what it is."""
    from botocore.exceptions import BotoCoreError

    try:
        yield
        return
    except FileNotFoundError:
        raise
    except (OSError, BotoCoreError) as error:  # an OSError's text is the store's answer, and may quote anything
        why = type(error).__name__
    raise PlaceUnreachable(path=path, why=why)


def _refused(error: OSError) -> bool:
    """Whether a conditional write met another state than the one that it names."""
    code = getattr(error.__cause__, "response", {}).get("Error", {}).get("Code", "")
    return isinstance(error, FileExistsError) or code in NOT_AS_EXPECTED or error.errno == errno.EBUSY


@dataclass(frozen=True, slots=True, order=True)
class ObjectPlace:
    """A key, or the beginning of keys, in a bucket: ``BUCKET/PREFIX/…``."""

    key: str
    endpoint: str = ""

    def __str__(self) -> str:
        """As in the settings."""
        return SCHEME + self.key

    @property
    def _all(self) -> Any:
        return _files(self.endpoint, os.getpid())

    def _at(self, key: str) -> ObjectPlace:
        return ObjectPlace(key, self.endpoint)

    @property
    def name(self) -> str:
        """As of a path; so are the following."""
        return PurePosixPath(self.key).name

    @property
    def stem(self) -> str:
        """As of a path."""
        return PurePosixPath(self.key).stem

    @property
    def suffix(self) -> str:
        """As of a path."""
        return PurePosixPath(self.key).suffix

    @property
    def parent(self) -> ObjectPlace:
        """As of a path."""
        return self._at(str(PurePosixPath(self.key).parent))

    def __truediv__(self, key: str, /) -> ObjectPlace:
        """As of a path."""
        return self._at(f"{self.key}/{key}")

    def with_name(self, name: str) -> ObjectPlace:
        """As of a path."""
        return self.parent / name

    def with_suffix(self, suffix: str) -> ObjectPlace:
        """As of a path."""
        return self._at(str(PurePosixPath(self.key).with_suffix(suffix)))

    def relative_to(self, other: ObjectPlace, /) -> PurePosixPath:
        """As of a path."""
        return PurePosixPath(self.key).relative_to(other.key)

    # what is there

    def is_file(self) -> bool:
        """True where there is such an object."""
        return self.seen() is not None

    def is_dir(self) -> bool:
        """True where keys begin with it."""
        return bool(self._listed(f"{self.key}/", 1))

    def exists(self) -> bool:
        """Either."""
        return self.is_file() or self.is_dir()

    def seen(self) -> tuple[str, float] | None:
        """The object's version, and for how many seconds it has been so by the store's own clock."""
        name, _, key = self.key.partition("/")
        try:
            with _reaching(self):
                head = self._all.call_s3("head_object", Bucket=name, Key=key)
        except FileNotFoundError:
            return None
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        changed = cast(datetime, head["LastModified"])
        return str(head["ETag"]), (now - changed).total_seconds()

    def _listed(self, start: str, most: int = 0) -> list[tuple[str, str]]:
        """(key, version) of the objects whose keys begin with `start`; not more than `most`, if given."""
        name, _, prefix = start.partition("/")
        found: list[tuple[str, str]] = []
        more: dict[str, Any] = {"MaxKeys": most} if most else {}
        while True:
            with _reaching(self):
                page = self._all.call_s3("list_objects_v2", Bucket=name, Prefix=prefix, **more)
            found += [(f"{name}/{one['Key']}", str(one["ETag"])) for one in page.get("Contents", ())]
            if most or not page.get("IsTruncated"):
                return found
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def versions(self) -> dict[str, str]:
        """The names of the objects right below this one, and the version of each."""
        start = len(self.key) + 1
        return {key[start:]: version for key, version in self._listed(f"{self.key}/") if "/" not in key[start:]}

    def glob(self, pattern: str, /) -> Iterator[ObjectPlace]:
        """The objects below this one whose keys match, part by part; one listing for all that begins alike."""
        parts = pattern.split("/")
        literal = re.split(r"[*?\[]", pattern)[0]
        for key, _ in self._listed(f"{self.key}/{literal}"):
            names = key[len(self.key) + 1 :].split("/")
            if len(names) == len(parts) and all(map(fnmatchcase, names, parts)):
                yield self._at(key)

    # reading and writing

    def open(self, mode: str = "rb") -> BinaryIO:
        """A seekable stream, fetched by ranges; the object as it is now, or an error. Raises FileNotFoundError."""
        with _reaching(self):
            file = self._all.open(self.key, mode, block_size=AHEAD, cache_type="readahead")
        return cast(BinaryIO, _Stream(file, self))

    def read_bytes(self) -> bytes:
        """All of it. Raises FileNotFoundError."""
        with _reaching(self):
            return cast(bytes, self._all.cat_file(self.key))

    def beginning(self, size: int) -> bytes:
        """Its first bytes. Raises FileNotFoundError."""
        with _reaching(self):
            return cast(bytes, self._all.cat_file(self.key, start=0, end=size))

    def write(self, pieces: Iterable[bytes]) -> None:
        """Whole or not at all: one request, or an upload in parts that nobody sees before its end."""
        waiting, file = bytearray(), None
        try:
            for piece in pieces:
                waiting += piece
                if len(waiting) >= PART:
                    with _reaching(self):
                        file = file or self._all.open(self.key, "wb", block_size=PART, autocommit=False)
                        file.write(bytes(waiting))
                    waiting.clear()
            with _reaching(self):
                if file is None:
                    self._all.pipe_file(self.key, bytes(waiting))
                else:
                    file.write(bytes(waiting))
                    file.close()
                    file.commit()
        except BaseException:
            if file is not None:
                with suppress(OSError, PlaceUnreachable), _reaching(self):  # the first error is the one to tell
                    file.discard()
                file.closed = True  # or it would try once more when it is collected
            raise

    def put(self, data: bytes, version: str | None) -> str | None:
        """Write where there is still `version` (None: nothing); the new version, or None where there is another."""
        name, _, key = self.key.partition("/")
        condition = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        with _reaching(self):
            try:
                return str(self._all.call_s3("put_object", Bucket=name, Key=key, Body=data, **condition)["ETag"])
            except OSError as error:  # one that is gone is another state, too
                if not (isinstance(error, FileNotFoundError) or _refused(error)):
                    raise
        return None

    def unlink(self, missing_ok: bool = False) -> None:
        """As of a path; what is missing is no error, as a store does not say."""
        with _reaching(self):
            self._all.rm_file(self.key)

    def clear(self) -> None:
        """Remove every object whose key begins with it."""
        for key, _ in self._listed(f"{self.key}/"):
            self._at(key).unlink(missing_ok=True)


class _Stream(io.RawIOBase):
    """fsspec's file; what goes wrong in it is one of our errors."""

    def __init__(self, file: Any, place: ObjectPlace) -> None:
        super().__init__()
        self._file, self._place = file, place

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any) -> int:
        with _reaching(self._place):
            return int(self._file.readinto(buffer))

    def read(self, size: int = -1) -> bytes:
        with _reaching(self._place):
            return cast(bytes, self._file.read(size))

    def close(self) -> None:
        self._file.close()
        super().close()
