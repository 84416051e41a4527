"""Sending a release to the study's coding stores: each is told, and one that fails keeps none of the others from it."""

from __future__ import annotations

import hashlib

from pipeline import destinations, quarantine
from pipeline.errors import ChaerokError, PlaceBusy, StoreUnreachable, Waiting
from pipeline.stores import given
from pipeline.stores.vault import to_json
from pipeline.transcript import Publication, Released
from pipeline.walk import Walk

PASSING = (PlaceBusy, StoreUnreachable)
"""What another try may mend goes first: whoever retries by the error's class then does."""


def publish(walk: Walk, released: Released) -> Publication:
    """Send it everywhere; a store that has it already does nothing. A quarantined one waits for a new draft's approval.

    Raises Waiting; where stores failed, after all others were sent to, the error of one, with the store's name in
    `store`: the same again completes.
    """
    if quarantine.in_force(walk):
        raise Waiting("quarantine", str(walk.interview))
    stamp = walk.vault.stamp(walk.interview, Released)
    sha256 = stamp.made if stamp else hashlib.sha256(to_json(released)).hexdigest()
    given.keep(walk.vault, walk.interview, released)
    sent, failed = list[tuple[str, int]](), list[ChaerokError]()
    for name, send in destinations.coding_stores(walk.settings, walk.home, walk.study.questions):
        try:
            sent.append((name, send(released, sha256)))
        except ChaerokError as error:
            error.store = name
            failed.append(error)
    if failed:
        raise min(failed, key=lambda error: not isinstance(error, PASSING))
    return Publication(sha256, tuple(sent))
