"""Where everything lies: the clone, its weights, and CHAEROK_HOME with a folder for each privacy zone."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

ROOT = Path(__file__).resolve().parent.parent
"""The clone: Chaerok is an application, installed editable from it."""


@dataclass(frozen=True, slots=True)
class Home:
    """The places under CHAEROK_HOME; each privacy zone is a folder of its own."""

    root: Path

    @classmethod
    def here(cls) -> Home:
        """CHAEROK_HOME, or the user's data folder of this system."""
        return cls(Path(os.environ.get("CHAEROK_HOME") or platformdirs.user_data_dir("chaerok", appauthor=False)))

    @property
    def inbox(self) -> Path:
        """Drops."""
        return self.root / "inbox"

    @property
    def vault(self) -> Path:
        """Sealed audio, transcripts, failures and scratch."""
        return self.root / "vault"

    @property
    def registers(self) -> Path:
        """Sealed study registers, apart from the vault."""
        return self.root / "registers"

    @property
    def keys(self) -> Path:
        """The service identity."""
        return self.root / "keys"

    @property
    def studies(self) -> Path:
        """Study files, ``<study>.toml``."""
        return self.root / "studies"

    @property
    def review(self) -> Path:
        """Correction sheets under a reviewer's hands: raw text, removed once imported."""
        return self.root / "review"

    @property
    def store(self) -> Path:
        """The default coding store."""
        return self.root / "store"

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
