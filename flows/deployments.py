"""The deployments, as one table: what `chaerok up` serves, and what workers of other machines may be given.

Made without importing the flows: they bring all of `pipeline`, which the process that serves has no use for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from prefect.client.schemas.actions import DeploymentScheduleCreate
from prefect.client.schemas.schedules import CronSchedule
from prefect.deployments.runner import RunnerDeployment

from pipeline.places import ROOT
from pipeline.settings import Settings

TAG = "chaerok"
"""Of every run of ours."""

IDS = {"interview": "study-participant-session", "study": "연구 id; 비우면 모든 연구"}
"""What each parameter of a run says."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One row; flow and deployment have the same name."""

    name: str
    entrypoint: str
    description: str
    heavy: bool = False
    """Hears interviews: as many at once as `[run] heavy_slots`."""
    parameters: tuple[str, ...] = ()
    """All of them ids."""
    optional: tuple[str, ...] = ()
    """Ids that may be left out: then it is done for all."""

    @property
    def schedule(self) -> str:
        """The setting of `[schedule]` that would say when it runs by itself."""
        return self.name.replace("-", "_")


TABLE = (
    Deployment("process", "flows.process.process", "면담 하나를 갈 수 있는 데까지 처리합니다.", True, ("interview",)),
    Deployment("intake", "flows.intake.intake", "inbox에 다 들어온 녹음을 보관소에 넣습니다."),
    Deployment("publish", "flows.publish.publish", "승인된 면담을 코딩 저장소로 보냅니다.", False, ("interview",)),
    Deployment(
        "collect-codings",
        "flows.collect.collect_codings",
        "코더들의 코딩을 저장소와 돌려받은 파일에서 모아 옵니다.",
        optional=("study",),
    ),
    Deployment(
        "rescan",
        "flows.rescan.rescan",
        "끊긴 실행을 이어 주고, 뒤늦게 나온 이름을 모든 연구에서 다시 찾고, 현황판을 새로 씁니다.",
    ),
    Deployment(
        "maintenance", "flows.maintenance.maintenance", "inbox를 정리하고, 보관소의 봉인을 확인하고, 백업합니다."
    ),
    Deployment(
        "quality-report", "flows.quality_report.quality_report", "연구별로 시간, 속도, 빠진 말, 남은 검토를 셉니다."
    ),
)
"""In the order in which they are shown."""


def row(name: str) -> Deployment:
    """The row of that name. Raises KeyError."""
    return {row.name: row for row in TABLE}[name]


def stamped_name(name: str) -> str:
    """What a run is called that is of no interview."""
    return f"{name} {datetime.now(UTC):%Y-%m-%d %H:%M}"


def built(row: Deployment, settings: Settings) -> RunnerDeployment:
    """What Prefect is given of it."""
    made = RunnerDeployment(
        name=row.name,
        flow_name=row.name,
        entrypoint=row.entrypoint,
        description=row.description,
        tags=[TAG, "heavy" if row.heavy else "light"],
        schedules=list(_schedules(row, settings)),
    )
    made._path = str(ROOT)
    made._parameter_openapi_schema = made._parameter_openapi_schema.model_copy(
        update={"properties": _properties(row), "required": [*row.parameters]}
    )
    return made


def _schedules(row: Deployment, settings: Settings) -> tuple[DeploymentScheduleCreate, ...]:
    cron = getattr(settings.schedule, row.schedule, "")
    if not cron:
        return ()
    return (DeploymentScheduleCreate(schedule=CronSchedule(cron=cron, timezone=settings.schedule.timezone)),)


def _properties(row: Deployment) -> dict[str, Any]:
    names = enumerate((*row.parameters, *row.optional))
    return {name: {"title": name, "type": "string", "position": at, "description": IDS[name]} for at, name in names}
