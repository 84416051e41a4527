"""What is done at night, and by `chaerok maintain`: the inbox cleared, the vault's seals looked at, copies made.

Each of the three is done whatever becomes of the others; then the first that went wrong is what it ends with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flows.inbox.cleaning import clean
from pipeline import upkeep
from pipeline.errors import ChaerokError, VaultDamaged
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.keyring import service_identity
from pipeline.stores.vault import holds_interviews

GIGABYTE = 10**9


@dataclass(frozen=True, slots=True)
class Done:
    """One of the three: its name, what came of it in words that may be shown anywhere, its error if there was one."""

    name: str
    said: str
    error: Exception | None = None


def maintained(home: Home) -> tuple[Done, ...]:
    """Do all three; raises nothing."""
    return tuple(_each(home))


def _each(home: Home) -> Iterator[Done]:
    for name, work in (("inbox", _clean), ("보관소", _check), ("백업", _copy)):
        yield _done(name, work, home)


def _done(name: str, work: Callable[[Home], str], home: Home) -> Done:
    try:
        return Done(name, work(home))
    except ChaerokError as error:
        said = f"손상: {error.facts['interviews']}" if isinstance(error, VaultDamaged) else type(error).__name__
        return Done(name, said, error)
    except Exception as error:
        return Done(name, type(error).__name__, error)


def _clean(home: Home) -> str:
    if not home.inbox.exists():
        return "-"
    counts = clean(home)
    unsure = f", 사본과 비교하지 못해 남긴 파일 {counts['unverified']}개" if counts["unverified"] else ""
    return f"치운 파일 {counts['removed']}개{unsure}"


def _check(home: Home) -> str:
    """Raises VaultDamaged."""
    if not holds_interviews(home.vault):
        return "-"
    budget = int(load(home).maintenance.check_gigabytes * GIGABYTE)
    found = upkeep.check(home, service_identity(home.keys), budget)
    if found.damaged:
        raise VaultDamaged(interviews=", ".join(map(str, found.damaged)))
    rest = "" if found.whole else ", 나머지는 다음에"
    return f"확인한 면담 {found.interviews}개, {found.size / GIGABYTE:.1f} GB, 모두 온전함{rest}"


def _copy(home: Home) -> str:
    made = upkeep.backup(home, load(home))
    store = "있음" if made.store else f"없음({made.why})" if made.why else "아직 없음"
    return f"열쇠와 이름표 {'있음' if made.keys else '아직 없음'}, 코딩 저장소 {store}"
