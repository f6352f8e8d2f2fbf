"""The set-up of a bare machine: what is missing is said in one sentence, and nothing is half done."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from running import ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of what the set-up reads, in a folder without an environment."""
    folder = tmp_path / "project"
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """Give a folder of programs that come before the machine's own."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def pretend(programs: Path, name: str, script: str) -> None:
    file = programs / name
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(0o755)


def set_up(project: Path, programs: Path) -> subprocess.CompletedProcess[str]:
    path = f"{programs}:{os.environ['PATH']}"
    command = ["bash", "requirements/setup.sh", "run"]
    return subprocess.run(command, cwd=project, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False)


def test_a_missing_system_library_is_named_to_somebody_who_may_not_install(project: Path, programs: Path) -> None:
    pretend(programs, "dpkg-query", "echo 'unknown ok not-installed'")
    pretend(programs, "id", "echo 1000")
    answer = set_up(project, programs)
    assert answer.returncode == 1
    assert answer.stderr.count("\n") == 1
    assert "sudo apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in answer.stderr
    assert not (project / ".venv").exists()


def test_an_installation_that_fails_says_what_the_tool_said(project: Path, programs: Path) -> None:
    pretend(programs, "dpkg-query", "echo 'unknown ok not-installed'")
    pretend(programs, "id", "echo 0")
    pretend(programs, "apt-get", "echo 'E: no such package' >&2; exit 100")
    answer = set_up(project, programs)
    assert answer.returncode == 1
    assert "E: no such package" in answer.stderr
    assert "apt-get could not install libpango-1.0-0" in answer.stderr
    assert not (project / ".venv").exists()


def test_an_old_python_is_refused(project: Path, programs: Path) -> None:
    pretend(programs, "python3", 'case "$*" in -V) echo "Python 3.9.2";; *) exit 1;; esac')
    answer = set_up(project, programs)
    assert answer.returncode == 1
    assert "Python 3.11 or newer is needed" in answer.stderr


def test_when_all_is_there_nothing_is_done(programs: Path) -> None:
    pretend(programs, "apt-get", "echo called >&2; exit 1")
    before = (ROOT / ".venv" / "ready-dev").stat().st_mtime_ns
    answer = set_up(ROOT, programs)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert (ROOT / ".venv" / "ready-dev").stat().st_mtime_ns == before
