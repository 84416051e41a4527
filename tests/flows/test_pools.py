from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from lab import Lab, asked, built, free_port
from typer.testing import CliRunner

from flows import pools, server
from flows.cli import app
from pipeline.errors import KeyMissing, PlaceUnreachable, ServerFailed, SettingsInvalid
from pipeline.places import Home
from pipeline.settings import load
from pipeline.stores.keyring import make_service_identity

POOL = '[workers]\npool = "lab"\n'


def alone(tmp_path: Path, more: str = "") -> Lab:
    lab = built(Home(tmp_path / "home"), free_port())
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text() + more)
    return lab


@pytest.mark.parametrize(
    ("more", "flow", "elsewhere"),
    [("", "process", False), (POOL, "process", True), (POOL, "publish", True), (POOL, "intake", False)],
)
def test_with_a_pool_workers_do_all_but_the_inbox(tmp_path: Path, more: str, flow: str, elsewhere: bool) -> None:
    from flows import deployments

    settings = load(alone(tmp_path, more).home)
    assert deployments.is_elsewhere(deployments.row(flow), settings) is elsewhere


def test_a_worker_is_prefects_own_and_installs_nothing() -> None:
    words = pools.command("lab", ("gpu", "cpu"), 2)[1:]
    assert words[:6] == ["-m", "prefect", "worker", "start", "--pool", "lab"]
    assert words[6:12] == ["--work-queue", "gpu", "--work-queue", "cpu", "--limit", "2"]
    assert words[-4:] == ["--type", "process", "--install-policy", "never"]


def test_a_worker_says_what_it_lacks_before_it_takes_a_run(tmp_path: Path) -> None:
    lab = alone(tmp_path)
    with pytest.raises(SettingsInvalid, match=r"workers\.pool"):
        pools.work(lab.home, ("cpu",), 1)
    with pytest.raises(KeyMissing):
        pools.require_ready(lab.home)
    make_service_identity(lab.home.keys)
    with pytest.raises(ServerFailed):
        pools.require_ready(lab.home)
    settings = lab.home.root / "settings.toml"
    settings.write_text(settings.read_text() + f'[places]\nvault = "{tmp_path / "share"}"\n')
    with pytest.raises(PlaceUnreachable):
        pools.require_ready(lab.home)


def test_a_worker_with_another_key_than_the_vaults_says_so(lab: Lab, tmp_path: Path) -> None:
    from pipeline.errors import KeyWrong

    lab.taken_in()
    (lab.home.keys / "service.key").unlink()
    make_service_identity(lab.home.keys)
    with pytest.raises(KeyWrong):
        pools.require_ready(lab.home)


def test_the_verbs_ask_for_a_pool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAEROK_HOME", str(alone(tmp_path).home.root))
    for words in (["deploy"], ["work"]):
        assert CliRunner().invoke(app, words).exit_code == SettingsInvalid.exit_code
    assert CliRunner().invoke(app, ["deploy", "--heavy-on", "tpu"]).exit_code == 2
    assert CliRunner().invoke(app, ["work", "--limit", "0"]).exit_code == 2


# --- at a server ----------------------------------------------------------------------------------------------------


def queues(lab: Lab, pool: str) -> dict[str, int | None]:
    found = httpx.post(
        f"{server.url(lab.where)}/api/work_pools/{pool}/queues/filter", json={}, timeout=10, trust_env=False
    )
    return {queue["name"]: queue["concurrency_limit"] for queue in found.json()}


def deployed(lab: Lab, pool: str) -> dict[str, tuple[str, str]]:
    found = asked(lab.where, "deployments", work_pools={"name": {"any_": [pool]}})
    return {row["name"]: (row["work_queue_name"], row["entrypoint"]) for row in found}


@pytest.mark.prefect
def test_pool_queues_and_deployments_are_made_once_and_changed_after_that(lab: Lab) -> None:
    assert pools.deploy("made", "gpu", pools.Limits(4, 1)) == ("process/process", "publish/publish")
    expected = {"process": ("gpu", "flows.process.process"), "publish": ("cpu", "flows.publish.publish")}
    assert deployed(lab, "made") == expected
    assert queues(lab, "made") | {"default": None} == {"default": None, "cpu": 4, "gpu": 1}
    pools.deploy("made", "cpu", pools.Limits())
    assert deployed(lab, "made")["process"][0] == "cpu"
    assert {queues(lab, "made")[name] for name in pools.QUEUES} == {None}
