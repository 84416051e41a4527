from __future__ import annotations

from pathlib import Path

import object_store as stores
import pytest

from pipeline.errors import PlaceUnreachable, SettingsInvalid
from pipeline.objects import ObjectPlace
from pipeline.places import Home


def home_with(folder: Path, places: str) -> Home:
    folder.mkdir(exist_ok=True)
    (folder / "settings.toml").write_text(places, "utf-8")
    return Home(folder)


@pytest.mark.parametrize("settings", [None, "", "[server]\nport = 4201\n", "[places]\n", '[places]\nvault = ""\n'])
def test_everything_lies_under_the_home_unless_it_says_otherwise(tmp_path: Path, settings: str | None) -> None:
    home = Home(tmp_path) if settings is None else home_with(tmp_path, settings)
    assert (home.vault, home.registers, home.studies) == tuple(
        tmp_path / name for name in ("vault", "registers", "studies")
    )


def test_zones_may_lie_on_a_share_each_by_itself_and_what_is_this_machines_stays(tmp_path: Path) -> None:
    share = tmp_path / "share"
    share.mkdir()
    home = home_with(tmp_path / "home", f'[places]\nvault = "{share.as_posix()}"\n')
    assert home.vault == share and home.registers == tmp_path / "home" / "registers"
    assert home.scratch == tmp_path / "home" / "vault" / ".scratch" and home.keys == tmp_path / "home" / "keys"


def test_a_change_of_the_settings_is_seen(tmp_path: Path) -> None:
    import os

    home = home_with(tmp_path, "")
    assert home.vault == tmp_path / "vault"
    home_with(tmp_path, f'[places]\nvault = "{tmp_path.as_posix()}"\n')
    os.utime(tmp_path / "settings.toml", ns=(1, 1))
    assert home.vault == tmp_path


@pytest.mark.parametrize("zone", ["vault", "registers", "studies"])
def test_a_share_that_is_not_mounted_is_an_error_and_never_made(tmp_path: Path, zone: str) -> None:
    where = tmp_path / "mount" / zone
    home = home_with(tmp_path / "home", f'[places]\n{zone} = "{where.as_posix()}"\n')
    with pytest.raises(PlaceUnreachable) as missing:
        getattr(home, zone)
    assert missing.value.facts["path"] == where and not where.parent.exists()


@pytest.mark.parametrize("settings", ['[places]\nvault = "vault"\n', '[places]\nvault = "~/vault"\n', "[places\n"])
def test_settings_that_say_no_place_are_refused_and_nothing_falls_back_to_the_home(
    tmp_path: Path, settings: str
) -> None:
    home = home_with(tmp_path / "home", settings)
    with pytest.raises(SettingsInvalid):
        _ = home.vault


def test_a_bucket_is_a_place(object_store: str, tmp_path: Path) -> None:
    made = stores.fresh(object_store, "lab")
    home = home_with(
        tmp_path, f'[places]\nvault = "{made}/vault"\nregisters = "{made}/names/"\nendpoint = "{object_store}"\n'
    )
    assert home.vault == ObjectPlace(f"{made.key}/vault", object_store)
    assert home.registers == ObjectPlace(f"{made.key}/names", object_store)
