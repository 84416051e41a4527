"""Set Chaerok up and run it, with nothing but Python.

    python3 go.py demo                  set up what is missing, then run the example study
    python3 go.py test [PYTEST ARGS]    set up, then lint, types, import rules, tests
    python3 go.py setup                 only set up
    python3 go.py VERB ...              set up, then `chaerok VERB ...`

Before the verb: --cuda installs torch's CUDA build (Linux with an NVIDIA GPU), --cpu goes back; the choice is kept.
Environment: CHAEROK_VENV (the place of the virtual environment; .venv) and CHAEROK_TORCH (cpu or cuda).
A second run skips what is done, an interrupted one continues. Python 3.6 can read this file, to be told it is too old.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

ROOT = Path(__file__).resolve().parent
OLDEST, NEWEST = (3, 11), (3, 13)
TORCH = "2.13.0"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
FREE_GB = {"cpu": 4, "cuda": 12}
# For every child: UTF-8, and nothing phones home. The pipeline sets these too; here they are there from the start.
QUIET = """PYTHONUTF8=1 DO_NOT_TRACK=1 PREFECT_SERVER_ANALYTICS_ENABLED=false ORT_DISABLE_TELEMETRY=1
PYANNOTE_METRICS_ENABLED=0 HF_HUB_DISABLE_TELEMETRY=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1"""
FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_HASHES")
TROUBLE = {  # what pip's log says: what to do about it
    "No space left": ("디스크에 자리를 비우고", "free some disk space"),
    "DO NOT MATCH THE HASHES": ("다른 패키지 저장소로", "the package index gave an altered file: use another one"),
    "No matching distribution": ("인터넷 연결과 pip 설정을 확인하고", "check the network and pip's index settings"),
    "": ("인터넷 연결과 기록을 확인하고", "check the network, read the log"),
}


class Stop(Exception):
    """Chaerok cannot go on: why, in one line of Korean and one of English, and the exit code."""


def say(korean: str, english: str, code: int = 0) -> int:
    """Print one line in both languages, or in English alone where the terminal has no Hangul; return the exit code."""
    with contextlib.suppress(UnicodeEncodeError, LookupError):
        korean.encode(sys.stderr.encoding or "ascii")
        english = f"{korean} | {english}"
    print(english, file=sys.stderr, flush=True)
    return code


def check_version(version: "tuple[int, ...]") -> None:
    """Refuse a Python that is too old or too new."""
    if not OLDEST <= version[:2] <= NEWEST:
        here, able = "{}.{}".format(*version), "{}.{}-{}.{}".format(*OLDEST, *NEWEST)
        korean = f"채록에는 파이썬 {able}이 필요합니다(지금은 {here}). 예: python3.12 go.py demo"
        raise Stop(korean, f"Chaerok needs Python {able}, this is {here}. For example: python3.12 go.py demo", 2)


def torch_choice(asked: str, kept: str, gpu: bool, platform: str) -> "tuple[str, bool]":
    """Return "cpu" or "cuda", and whether a GPU lies idle that nobody decided about."""
    kind = asked or kept or "cpu"
    if kind not in (("cpu", "cuda") if platform == "linux" else ("cpu",)):
        raise Stop("torch는 cpu 또는 cuda(리눅스에서만)입니다", f"torch is cpu or (on Linux only) cuda, not {kind}", 2)
    return kind, gpu and not asked and kind == "cpu"


def torch_requirement(kind: str, platform: str) -> str:
    """Return what pip is asked for. On Linux PyPI's build brings gigabytes of nvidia packages; === refuses +cpu."""
    return f"torch=={TORCH}+cpu" if kind == "cpu" and platform == "linux" else f"torch==={TORCH}"


def unwanted(names: "Iterable[str]") -> "list[str]":
    """Return the packages that a CPU build must not have."""
    return [name for name in names if name.startswith(("nvidia-", "cuda-")) or name == "triton"]


class House:
    """The virtual environment: where it is, what is in it, whether it is complete."""

    def __init__(self, venv: Path) -> None:
        self.venv = venv
        self.python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        self.stamp_file = venv / "chaerok-setup.json"
        self.log = venv / "chaerok-setup.log"
        self.env = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        self.env.update(dict(pair.split("=") for pair in QUIET.split()), VIRTUAL_ENV=str(venv))
        self.env["PATH"] = str(self.python.parent) + os.pathsep + os.environ.get("PATH", os.defpath)

    def stamp(self) -> "dict[str, str]":
        """Return what an earlier run left: the torch it chose, and the key if it came to the end."""
        try:
            return dict(json.loads(self.stamp_file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return {}

    def write_stamp(self, kind: str, key: str) -> None:
        """Write the stamp, whole or not at all."""
        draft = self.stamp_file.with_suffix(".part")
        draft.write_text(json.dumps({"torch": kind, "key": key}), "utf-8")
        draft.replace(self.stamp_file)

    def key(self, kind: str) -> str:
        """Return the digest of all that decides what is installed: place, torch, Python, pins."""
        digest = hashlib.sha256(f"{ROOT} {self.python.exists()} {torch_requirement(kind, sys.platform)}".encode())
        for part in (self.venv / "pyvenv.cfg", ROOT / "requirements.lock", ROOT / "pyproject.toml"):
            digest.update(hashlib.sha256(part.read_bytes() if part.exists() else b"").digest())
        return digest.hexdigest()

    def packages(self) -> "dict[str, str]":
        """Return name: version of what is installed; forget what a killed pip left half installed."""
        found = {}
        for info in [*self.venv.glob("lib/python3*/site-packages/*.dist-info"), *self.venv.glob("Lib/*/*.dist-info")]:
            if (info / "INSTALLER").exists():  # pip writes it after the files, the bytecode and the commands
                name, version = info.name[: -len(".dist-info")].split("-", 1)
                found[name.lower().replace("_", "-")] = version
            else:
                shutil.rmtree(str(info))
        return found

    def make(self, kind: str) -> None:
        """Make the virtual environment, unless one is there that came as far as its stamp and still works."""
        check = f"import sys, pip; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
        with contextlib.suppress(OSError):
            if self.stamp() and subprocess.call([str(self.python), "-c", check], stderr=subprocess.DEVNULL) == 0:
                return
        if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
            korean = "이 파이썬에는 venv가 없습니다: `sudo apt install python3-venv` 또는 다른 파이썬으로 실행하십시오"
            raise Stop(korean, "no venv/ensurepip here: `sudo apt install python3-venv`, or use another Python", 2)
        if self.venv != ROOT / ".venv" and not (self.venv / "pyvenv.cfg").exists() and self.venv.exists():
            raise Stop(f"다른 것이 들어 있습니다: {self.venv}", f"CHAEROK_VENV holds something else: {self.venv}", 2)
        free = shutil.disk_usage(self.venv.parent).free / 1e9
        if free < FREE_GB[kind]:
            korean = f"디스크에 {FREE_GB[kind]} GB가 필요한데 {free:.1f} GB만 남았습니다: {self.venv.parent}"
            raise Stop(korean, f"{FREE_GB[kind]} GB of disk needed, {free:.1f} GB free: {self.venv.parent}", 1)
        command = [getattr(sys, "_base_executable", sys.executable), "-m", "venv", "--clear", str(self.venv)]
        made = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace")
        if made.returncode:
            last = " ".join((made.stdout + made.stderr).split()[-30:])
            raise Stop(f"가상 환경을 만들지 못했습니다: {last}", f"could not make the virtual environment: {last}", 1)


def alone(place: Path) -> int:
    """Let one setup work at a time. Returns the open lock; pip inherits it, so it outlives a killed launcher."""
    place.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(str(place), os.O_RDWR | os.O_CREAT)
    while True:
        with contextlib.suppress(BlockingIOError, PermissionError):
            if sys.platform == "win32":
                msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        say("다른 설치가 끝나기를 기다립니다", "waiting for another setup to end")
        time.sleep(5)


def wait(child: "subprocess.Popen[bytes]") -> int:
    """Wait for a child. Ctrl-C reaches it from the terminal by itself: give it time to tidy up, then end it."""
    try:
        return child.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(timeout=30)
        raise
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


def pip(house: House, lock: int, verb: str, *words: str, total: int = 0, soft: bool = False) -> bool:
    """Run pip, its words in the log, a count on the terminal. Returns whether it went well; raises unless soft."""
    command = [str(house.python), "-m", "pip", verb, "--retries", "2", *words]
    shown, done, tail = bool(total) and sys.stderr.isatty(), 0, ""
    pass_fds = () if os.name == "nt" else (lock,)
    with house.log.open("a", encoding="utf-8") as log:
        log.write("$ " + " ".join(command) + "\n")
        out, err = subprocess.PIPE, subprocess.STDOUT
        child = subprocess.Popen(command, env=house.env, cwd=ROOT, stdout=out, stderr=err, pass_fds=pass_fds)
        try:
            for raw in child.stdout or ():
                line = raw.decode("utf-8", "replace")
                tail = tail[-4000:] + line
                log.write(line)
                done += line.startswith(("Collecting ", "Requirement already"))
                if shown:
                    print(f"\r    {done}/{total} ", end="\r", file=sys.stderr, flush=True)
        except BaseException:
            child.terminate()  # Ctrl-C may have come to the launcher alone
            raise
        finally:
            code = wait(child)
    if code and not soft:
        korean, english = next(remedy for words, remedy in TROUBLE.items() if words in tail)
        korean = f"설치하지 못했습니다. {korean} 다시 실행하십시오(이어서 합니다). 기록: {house.log}"
        raise Stop(korean, f"could not install: {english}, run again (it continues). Log: {house.log}", 1)
    return code == 0


def install_torch(house: House, lock: int, kind: str) -> None:
    """Install the build of torch that was chosen, the other one cleared away."""
    torch, have = torch_requirement(kind, sys.platform), house.packages()
    if have.get("torch", "").endswith("+cpu") if kind == "cuda" else unwanted(have):
        pip(house, lock, "uninstall", "-y", "torch", *unwanted(have))
    if kind == "cuda":
        pip(house, lock, "install", torch)
    # pip's own index first: where it has the file, a machine that cannot reach PyTorch's index waits for nothing
    elif not pip(house, lock, "install", "--no-deps", torch, soft=True):
        pip(house, lock, "install", "--no-deps", "--extra-index-url", CPU_INDEX, torch)


def set_up(house: House, kind: str, lock: int) -> None:
    """Bring the virtual environment to what the lock file says. Every step skips what is there already."""
    pins = (ROOT / "requirements.lock").read_text("utf-8")
    exactly = ("install", "--no-deps", "--require-hashes", "--no-build-isolation", "-r")
    say("1/4 가상 환경", f"1/4 virtual environment: {house.venv}")
    house.make(kind)
    house.log.write_text("", "utf-8")
    tools = house.venv / "build-tools.lock"  # what the packages that come as source are built with
    blocks = re.split(r"(?m)^(?=\w)", pins)
    tools.write_text("".join(block for block in blocks if re.match("(pip|setuptools|wheel)==", block)), "utf-8")
    pip(house, lock, *exactly, str(tools))
    house.write_stamp(kind, "")
    say("2/4 torch (수백 MB)", f"2/4 {torch_requirement(kind, sys.platform)} (hundreds of MB)")
    install_torch(house, lock, kind)
    say("3/4 나머지 패키지 (몇 분)", "3/4 the other packages (some minutes)")
    pip(house, lock, *exactly, str(ROOT / "requirements.lock"), total=len(blocks))
    say("4/4 채록", "4/4 Chaerok itself")
    pip(house, lock, "install", "--no-deps", "--no-build-isolation", "-e", ".")
    if kind == "cpu" and unwanted(house.packages()):
        raise Stop("CPU 설치에 nvidia 패키지가 있습니다", "a CPU setup holds nvidia packages: please report it", 1)
    house.write_stamp(kind, house.key(kind))


def test(house: House, words: "list[str]") -> int:
    """Run every check, then say which failed."""
    python, results = str(house.python), {}
    for name, command in {
        "ruff check": [python, "-m", "ruff", "check", "."],
        "ruff format": [python, "-m", "ruff", "format", "--check", "."],
        "mypy --strict": [python, "-m", "mypy"],
        "lint-imports": [str(house.python.with_name("lint-imports")), "--no-logo"],
        "weights": [python, "-m", "flows.cli", "weights", "get"],
        "pytest": [python, "-m", "pytest", "-n", str(min(2, os.cpu_count() or 1)), "--dist", "loadfile", *words],
    }.items():
        print(f"\n=== {name}", flush=True)
        results[name] = wait(subprocess.Popen(command, env=house.env, cwd=ROOT))
    print("\n=== " + ", ".join(f"{name}: {'FAILED' if code else 'ok'}" for name, code in results.items()), flush=True)
    return int(any(results.values()))


def main(words: "list[str]") -> int:
    """Set up what is missing, then do what was asked."""
    check_version(sys.version_info[:2])
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    asked = os.environ.get("CHAEROK_TORCH", "")
    while words and words[0] in ("--cuda", "--cpu"):
        asked = words.pop(0)[2:]
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    house = House(Path(os.environ.get("CHAEROK_VENV") or ROOT / ".venv").expanduser().absolute())
    gpu = Path("/proc/driver/nvidia").exists() or shutil.which("nvidia-smi") is not None
    kind, idle = torch_choice(asked, house.stamp().get("torch", ""), gpu, sys.platform)
    if house.stamp().get("key") != house.key(kind):
        if idle:
            say("GPU가 있습니다. 쓰려면: go.py --cuda setup", "there is a GPU; to use it: go.py --cuda setup")
        lock = alone(house.venv.with_name(house.venv.name + ".lock"))
        if house.stamp().get("key") != house.key(kind):  # unless the one that was waited for did it all
            set_up(house, kind, lock)
        os.close(lock)
    if words[0] in ("setup", "test"):
        return test(house, words[1:]) if words[0] == "test" else say("준비되었습니다", "ready")
    command = [str(house.python), "-m", "flows.cli", *words]
    if os.name != "nt":
        os.execve(command[0], command, house.env)  # the launcher becomes the command: signals and exit code are its own
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the child's to answer
    return subprocess.call(command, env=house.env)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stop as stop:
        sys.exit(say(*stop.args))
    except KeyboardInterrupt:
        sys.exit(say("멈췄습니다. 다시 실행하면 이어서 합니다", "stopped; run it again and it continues", 130))
