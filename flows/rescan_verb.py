"""``chaerok rescan``: what a study has learnt since is sought in all of its interviews."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from flows.terminal import either, errors_shown, out

if TYPE_CHECKING:  # it brings the vault and its seals
    from pipeline.rescan import Rescanned


def rescan(study: Annotated[str, typer.Argument(metavar="STUDY", help=either("연구 id", "Study id"))]) -> None:
    """Search every interview again that was searched before the register became what it is."""
    with errors_shown():
        for line in told(_look_again(study)) or [either("다시 살필 면담이 없습니다", "nothing to look at again")]:
            out.print(line, markup=False)


def _look_again(study: str) -> Rescanned:
    """Raises StudyInvalid, KeyMissing, KeyWrong."""
    from flows import asking
    from pipeline import inputs
    from pipeline.places import Home
    from pipeline.rescan import NOTHING, rescan
    from pipeline.stores.keyring import service_identity
    from pipeline.stores.vault import Vault, holds_interviews

    home = Home.here()
    inputs.study_of(home, study)
    if not holds_interviews(home.vault):
        return NOTHING
    identity = service_identity(home.keys)
    vault = Vault(home.vault, identity)
    one = next((id for id in vault.interviews() if id.study == study), None)
    found = rescan(inputs.walk_of(home, one, identity)) if one else NOTHING
    asking.runs(vault, (*found.quarantined, *found.failed))  # where `chaerok up` runs, they show on its pages too
    return found


def told(found: Rescanned) -> list[str]:
    """A line for each thing that a re-scan did; none where it had nothing to do. Ids and counts."""
    lines = []
    if found.looked:
        count = len(found.looked)
        lines.append(either(f"이름을 다시 찾은 면담 {count}개", f"interviews searched again: {count}"))
    if found.quarantined:
        count = len(found.quarantined)
        lines.append(either(f"공개본이 격리된 면담 {count}개", f"interviews with a quarantined release: {count}"))
    for held in found.quarantined:
        lines.append(f"  chaerok review {held} → chaerok approve {held}")
    later = either("다음 실행 때 다시 합니다", "tried again with the next walk")
    for left in found.untold:
        untold = either("코딩 저장소에 격리를 아직 알리지 못함", "a coding store does not know of the quarantine yet")
        lines.append(f"{left}: {untold}. {later}")
    for failed in found.failed:
        unsearched = either("다시 살피지 못함", "could not be searched")
        lines.append(f"{failed}: {unsearched} (chaerok status {failed} --failure). {later}")
    return lines
