"""The programs that there are, by their tables under ``[publish]``, as a study's settings set them."""

from __future__ import annotations

from functools import partial

from pipeline.codes import Codebook
from pipeline.errors import StoreUnreachable
from pipeline.places import Home
from pipeline.printing import Convention
from pipeline.settings import Settings
from pipeline.stores.database import books
from pipeline.stores.servers import label_studio, taguette
from pipeline.stores.servers.contract import Connected, House
from pipeline.stores.servers.wire import Access, secret

SERVERS = ("taguette", "label_studio")
"""As ``publish.stores`` names them; each has a table under ``[publish]``."""


def house(settings: Settings, home: Home, name: str, database_url: str) -> House:
    """The server `name` as the study uses it; code trees are those of the own store.

    Its password is read when it is called, and never before. Raises KeyError where there is no such program.
    """
    tables = {"taguette": settings.publish.taguette, "label_studio": settings.publish.label_studio}
    chosen = tables[name]
    account = settings.publish.taguette.account if name == "taguette" else ""
    access = Access(chosen.url, account, chosen.secret_file, chosen.secret_variable, chosen.timeout_seconds)
    programs: dict[str, Connected] = {
        "taguette": lambda: taguette.connected(access, secret(access, home.root)),
        "label_studio": lambda: label_studio.connected(
            access, secret(access, home.root), audio_url=settings.publish.label_studio.audio_url
        ),
    }
    return House(
        name=name,
        connected=programs[name],
        folder=home.store / name,
        coders=chosen.coders,
        book=partial(_codebook, database_url, bool(settings.publish.database_url)),
        convention=Convention(**settings.printing.model_dump()),
        round=settings.publish.round,
    )


def _codebook(url: str, configured: bool, study: str) -> Codebook:
    """The study's newest code tree; an empty one where there is none yet."""
    empty = Codebook(study, 1)
    try:
        return books.codebook(url, study) or empty
    except StoreUnreachable:
        if configured:
            raise
        return empty  # no file yet: nothing was published, so no tree was given
