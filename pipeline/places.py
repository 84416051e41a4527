"""Where everything lies: the clone, its weights, and CHAEROK_HOME with a folder for each privacy zone."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import platformdirs

from pipeline.errors import PlaceUnreachable, SettingsInvalid
from pipeline.objects import SCHEME, bucket
from pipeline.place import Place

ROOT = Path(__file__).resolve().parent.parent
"""The clone: Chaerok is an application, installed editable from it."""
SETTINGS = "settings.toml"
"""A home's own settings."""


@lru_cache(maxsize=64)
def _table(path: Path, changed: int) -> dict[str, Any]:
    """``[places]`` of the settings file, which `changed` last at that time. Raises SettingsInvalid."""
    try:
        found = tomllib.loads(path.read_text("utf-8-sig")).get("places", {})
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise SettingsInvalid(path=path, where=f"[places]: {type(problem).__name__}") from None
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Home:
    """The places under CHAEROK_HOME; each privacy zone is a folder of its own.

    Vault, registers and studies may lie elsewhere, where several machines share them: ``[places]`` of settings.toml.
    """

    root: Path

    @classmethod
    def here(cls) -> Home:
        """CHAEROK_HOME, or the user's data folder of this system."""
        return cls(Path(os.environ.get("CHAEROK_HOME") or platformdirs.user_data_dir("chaerok", appauthor=False)))

    @property
    def inbox(self) -> Path:
        """Drops."""
        return self.root / "inbox"

    def shared(self, name: str) -> str:
        """What ``[places]`` says of `name`; empty where it says nothing. Raises SettingsInvalid."""
        path = self.root / SETTINGS
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError:
            return ""
        return str(_table(path, changed).get(name, ""))

    def _folder(self, name: str) -> Path:
        """A folder on a share. It is never made: below a share that is not mounted it would be on this machine.

        Raises PlaceUnreachable, SettingsInvalid.
        """
        where = self.shared(name)
        if not where:
            return self.root / name
        folder = Path(where)
        if not folder.is_absolute():
            raise SettingsInvalid(path=self.root / SETTINGS, where=f"places.{name}: /FOLDER | {SCHEME}BUCKET/PREFIX")
        if not folder.is_dir():
            raise PlaceUnreachable(path=folder, why="no such folder; is the share mounted?")
        return folder

    def _zone(self, name: str) -> Place:
        """A folder here or on a share, or a prefix in an object store. Raises PlaceUnreachable, SettingsInvalid."""
        where = self.shared(name)
        return bucket(where, self.shared("endpoint")) if where.startswith(SCHEME) else self._folder(name)

    @property
    def vault(self) -> Place:
        """Sealed audio, transcripts, failures."""
        return self._zone("vault")

    @property
    def scratch(self) -> Path:
        """Sealed temporary files of this machine."""
        return self.root / "vault" / ".scratch"

    @property
    def registers(self) -> Place:
        """Sealed study registers, apart from the vault."""
        return self._zone("registers")

    @property
    def keys(self) -> Path:
        """The service identity."""
        return self.root / "keys"

    @property
    def studies(self) -> Path:
        """Study files, ``<study>.toml``."""
        return self._folder("studies")

    @property
    def review(self) -> Path:
        """Correction sheets under a reviewer's hands: raw text, removed once imported."""
        return self.root / "review"

    @property
    def store(self) -> Path:
        """The default coding store."""
        return self.root / "store"

    @property
    def exports(self) -> Path:
        """Packages for coders, version by version, and what they return: pseudonymized text."""
        return self.root / "exports"

    @property
    def coding(self) -> Path:
        """Agreement, themes, participants' pages: pseudonymized text, for coders."""
        return self.root / "coding"

    @property
    def prefect(self) -> Path:
        """PREFECT_HOME."""
        return self.root / "prefect"


def weights_folder() -> Path:
    """CHAEROK_WEIGHTS, or data/weights in the clone."""
    return Path(os.environ.get("CHAEROK_WEIGHTS") or ROOT / "data" / "weights")
