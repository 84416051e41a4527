"""The launcher: what it decides before anything is installed."""

import ast
import importlib.util
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def load() -> Any:
    spec = importlib.util.spec_from_file_location("go", ROOT / "go.py")
    assert spec is not None and spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


go = load()


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A house whose clone and virtual environment are both invented."""
    monkeypatch.setattr(go, "ROOT", tmp_path)
    (tmp_path / "requirements.lock").write_text(
        "prefect==3.8.8 \\\n    --hash=sha256:aa\n    # via -r requirements.in\n"
    )
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    made = go.House(tmp_path / ".venv")
    made.python.parent.mkdir(parents=True)
    made.python.touch()
    (made.venv / "pyvenv.cfg").write_text("version = 3.11.7\n")
    return made


def package(house: Any, name: str, complete: bool = True) -> Path:
    info: Path = house.venv / "lib" / "python3.11" / "site-packages" / f"{name}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").touch()
    if complete:
        (info / "INSTALLER").touch()
    return info


# The Python it runs on


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 11, 7)])
def test_these_pythons_pass(version: tuple[int, ...]) -> None:
    go.check_version(version)


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 14), (4, 0)])
def test_other_pythons_get_one_line_in_each_language(version: tuple[int, ...]) -> None:
    with pytest.raises(go.Stop) as stop:
        go.check_version(version)
    korean, english, code = stop.value.args
    assert code == 2
    assert "파이썬 3.11-3.13" in korean
    assert f"this is {version[0]}.{version[1]}" in english
    assert "\n" not in korean + english


def test_an_old_python_can_read_the_launcher() -> None:
    tree = ast.parse((ROOT / "go.py").read_text("utf-8"), feature_version=(3, 7))
    futures = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert not futures  # 3.6 has no annotations import
    quoted = [
        a for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for a in [node.returns, *node.args.args]
    ]
    for note in quoted:
        note = note.annotation if isinstance(note, ast.arg) else note
        assert note is None or isinstance(note, ast.Name | ast.Constant), ast.dump(note)  # list[str] breaks on 3.8


def test_only_the_standard_library_is_imported() -> None:
    tree = ast.parse((ROOT / "go.py").read_text("utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= set(sys.stdlib_module_names)


def test_supported_pythons_are_the_same_in_pyproject() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["requires-python"] == f">={go.OLDEST[0]}.{go.OLDEST[1]},<{go.NEWEST[0]}.{go.NEWEST[1] + 1}"


def test_a_terminal_without_hangul_gets_english(capsys: pytest.CaptureFixture[str]) -> None:
    go.say("한글", "English")
    assert capsys.readouterr().err == "한글 | English\n"
    env = {**os.environ, "PYTHONIOENCODING": "ascii", "CHAEROK_TORCH": "foo"}
    done = subprocess.run([sys.executable, "go.py", "setup"], cwd=ROOT, env=env, capture_output=True, check=False)
    assert done.returncode == 2
    assert done.stderr.isascii() and done.stderr.count(b"\n") == 1


def test_no_venv_module_is_one_line(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(go.Stop, match="python3-venv"):
        house.make("cpu")


def test_a_full_disk_is_told_before_anything_is_made(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(go.shutil, "disk_usage", lambda place: type("Usage", (), {"free": 3_900_000_000}))
    with pytest.raises(go.Stop, match=r"3\.9 GB free"):
        house.make("cpu")


def test_a_folder_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").touch()
    with pytest.raises(go.Stop, match="holds something else"):
        go.House(tmp_path).make("cpu")
    assert (tmp_path / "thesis.docx").exists()


# Which torch


@pytest.mark.parametrize(
    ("asked", "kept", "gpu", "expected"),
    [
        ("", "", False, ("cpu", False)),
        ("", "", True, ("cpu", True)),  # a GPU lies idle: say so
        ("", "cpu", True, ("cpu", True)),
        ("cpu", "", True, ("cpu", False)),  # it was decided
        ("cuda", "", True, ("cuda", False)),
        ("", "cuda", True, ("cuda", False)),  # decided earlier
        ("cpu", "cuda", True, ("cpu", False)),  # and back
    ],
)
def test_torch_choice(asked: str, kept: str, gpu: bool, expected: tuple[str, bool]) -> None:
    assert go.torch_choice(asked, kept, gpu, "linux") == expected


@pytest.mark.parametrize(("asked", "platform"), [("rocm", "linux"), ("cuda", "darwin"), ("cuda", "win32")])
def test_torch_choices_that_do_not_exist(asked: str, platform: str) -> None:
    with pytest.raises(go.Stop):
        go.torch_choice(asked, "", False, platform)


def test_torch_requirement() -> None:
    assert go.torch_requirement("cpu", "linux") == f"torch=={go.TORCH}+cpu"
    assert go.torch_requirement("cuda", "linux") == f"torch==={go.TORCH}"
    assert go.torch_requirement("cpu", "darwin") == f"torch==={go.TORCH}"


def test_torch_is_the_one_that_the_project_asks_for() -> None:
    assert re.search(rf"^torch=={re.escape(go.TORCH)}\b", (ROOT / "requirements.in").read_text("utf-8"), re.MULTILINE)


def test_a_cpu_build_refuses_nvidia() -> None:
    names = ["torch", "nvidia-cublas", "nvidia-cudnn-cu13", "cuda-toolkit", "triton", "numpy", "nvidiality"]
    assert go.unwanted(names) == ["nvidia-cublas", "nvidia-cudnn-cu13", "cuda-toolkit", "triton"]


def test_switching_builds_clears_the_other_one_away(house: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[str, ...]] = []

    def pip(house: Any, lock: int, *words: str, soft: bool = False) -> bool:
        said.append(words)
        return True

    monkeypatch.setattr(go, "pip", pip)
    monkeypatch.setattr(sys, "platform", "linux")
    torch = package(house, "torch-2.13.0+cpu")
    go.install_torch(house, 0, "cuda")
    assert said == [("uninstall", "-y", "torch"), ("install", "torch===2.13.0")]
    said.clear()
    torch.rename(torch.with_name("torch-2.13.0.dist-info"))
    package(house, "nvidia_cublas-13.1.1.3")
    go.install_torch(house, 0, "cpu")
    assert said == [("uninstall", "-y", "torch", "nvidia-cublas"), ("install", "--no-deps", "torch==2.13.0+cpu")]


def test_the_public_cpu_index_is_asked_only_when_pips_own_has_no_file(
    house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[str, ...]] = []

    def pip(house: Any, lock: int, *words: str, soft: bool = False) -> bool:
        said.append(words)
        return not soft

    monkeypatch.setattr(go, "pip", pip)
    monkeypatch.setattr(sys, "platform", "linux")
    go.install_torch(house, 0, "cpu")
    assert [go.CPU_INDEX in words for words in said] == [False, True]


# What is done, and what is still to do


def test_the_stamp_holds_until_something_that_matters_changes(house: Any) -> None:
    key = house.key("cpu")
    house.write_stamp("cpu", key)
    assert house.stamp() == {"torch": "cpu", "key": key}
    assert house.key("cpu") == key
    for part in (house.venv / "pyvenv.cfg", go.ROOT / "requirements.lock", go.ROOT / "pyproject.toml"):
        before = part.read_text()
        part.write_text(before + "# changed\n")
        assert house.key("cpu") != key, part
        part.write_text(before)
    house.python.unlink()
    assert house.key("cpu") != key


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has two builds")
def test_the_stamp_knows_the_build_of_torch(house: Any) -> None:
    assert house.key("cpu") != house.key("cuda")


@pytest.mark.parametrize("left", ["", "{", "[1]", '"x"', "\x00"])
def test_a_broken_stamp_is_no_stamp(house: Any, left: str) -> None:
    house.stamp_file.write_text(left)
    assert house.stamp() == {}


def test_what_a_killed_pip_left_half_installed_is_forgotten(house: Any) -> None:
    package(house, "numpy-2.4.6")
    half = package(house, "sympy-1.14.0", complete=False)
    assert house.packages() == {"numpy": "2.4.6"}
    assert not half.exists()


@pytest.mark.skipif(os.name == "nt", reason="the lock is inherited on POSIX only")
def test_one_setup_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Waits(Exception):
        pass

    def sleep(seconds: float) -> None:
        raise Waits

    monkeypatch.setattr(go.time, "sleep", sleep)
    first = go.alone(tmp_path / "deep" / "lock")
    with pytest.raises(Waits):
        go.alone(tmp_path / "deep" / "lock")
    os.close(first)
    os.close(go.alone(tmp_path / "deep" / "lock"))


def test_children_get_a_quiet_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    env = go.House(tmp_path).env
    assert "PYTHONPATH" not in env
    quiet = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "ORT_DISABLE_TELEMETRY": "1"}
    quiet |= {"PYANNOTE_METRICS_ENABLED": "0", "HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONUTF8": "1"}
    assert quiet.items() <= env.items()


@pytest.mark.skipif(os.name == "nt", reason="POSIX hands over by exec")
@pytest.mark.timeout(30)
def test_handing_over_keeps_exit_codes_and_signals(house: Any, tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "cli.py").write_text(
        "import os, sys, time\nprint(os.getpid(), flush=True)\n"
        "time.sleep(20) if sys.argv[1] == 'nap' else sys.exit(int(sys.argv[1]))\n"
    )
    house.python.unlink()
    house.python.symlink_to(sys.executable)
    launcher = tmp_path / "go.py"
    launcher.write_bytes((ROOT / "go.py").read_bytes())
    house.write_stamp("cpu", house.key("cpu"))
    env = {name: value for name, value in os.environ.items() if not name.startswith("CHAEROK_")}
    command = [sys.executable, str(launcher)]
    assert subprocess.run([*command, "5"], cwd=tmp_path, env=env, check=False).returncode == 5
    nap = subprocess.Popen([*command, "nap"], cwd=tmp_path, env=env, stdout=subprocess.PIPE)
    assert nap.stdout is not None and int(nap.stdout.readline()) == nap.pid  # the launcher became the command
    nap.send_signal(signal.SIGTERM)
    assert nap.wait() == -signal.SIGTERM
    nap.stdout.close()


# The lock


def test_the_lock_has_hashes_no_torch_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    blocks = re.split(r"(?m)^(?=\w)", lock)[1:]
    names = [block.split("==")[0] for block in blocks]
    assert all("--hash=sha256:" in block for block in blocks)
    assert "torch" not in names and not go.unwanted(names)
    assert "://" not in lock and "--index" not in lock and "--find-links" not in lock
    assert {"pip", "setuptools", "wheel"} <= set(names)  # what go.py builds with


def test_every_direct_dependency_is_in_the_lock() -> None:
    direct = re.findall(r"(?m)^([\w.-]+)", (ROOT / "requirements.in").read_text("utf-8"))
    lock = set(re.findall(r"(?m)^([\w.-]+)==", (ROOT / "requirements.lock").read_text("utf-8")))
    assert {re.sub(r"[._]", "-", name.lower()) for name in direct} - lock == {"torch"}
