"""`juanzong demo` as a process: starts all of it or nothing, brings back what is killed, stops all of it on Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from command import Juanzong
from running import ROOT, answers, free_port

#: Seconds after which something that should have ended is taken to have been left running.
REAL_TIME = 120


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a data folder that counts as a filled demonstration, so that starting it is quick. Its database is empty."""
    folder = tmp_path_factory.mktemp("d")
    (folder / "demonstration").write_text("filled", encoding="ascii")
    return folder


@contextmanager
def demonstration(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run the demonstration until its welcome is printed; afterwards it is gone, whatever happened."""
    environment = {**os.environ, "JUANZONG_DATA_DIR": str(data), "JUANZONG_LANGUAGE": "en", "PYTHONPATH": str(ROOT)}
    environment.pop("JUANZONG_DATABASE_URL", None)
    command = [sys.executable, "-m", "web.cli", "demo", "--port", str(port)]
    running = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield running
    finally:
        running.send_signal(signal.SIGINT)
        try:
            running.wait(REAL_TIME)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        assert running.stdout is not None
        running.stdout.close()


def welcome(running: subprocess.Popen[str]) -> str:
    """Give what is printed up to the last line of the welcome."""
    lines: list[str] = []
    assert running.stdout is not None
    for line in running.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    return "".join(lines)


def children(running: subprocess.Popen[str]) -> dict[str, psutil.Process]:
    """Give the web server and the worker of a demonstration."""
    found = psutil.Process(running.pid).children()
    return {command: one for one in found for command in ("serve", "worker") if command in one.cmdline()}


def ended(process: psutil.Process) -> bool:
    """Say whether a process has ended; nobody may have asked for its status yet."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for_the_end(processes: list[psutil.Process]) -> None:
    """Watch until all have ended."""
    deadline = time.monotonic() + REAL_TIME
    while not all(ended(one) for one in processes):
        assert time.monotonic() < deadline, "a process was left running"


def test_it_serves_with_one_sign_in_per_role_until_ctrl_c_stops_all_of_it(data: Path) -> None:
    port = free_port()
    with demonstration(data, port) as running:
        said = welcome(running)
        assert f"http://127.0.0.1:{port}/" in said
        for role in ("Collector", "Department reviewer", "Creation office", "Leading group", "Auditor", "Administrator"):
            assert role in said
        assert answers(port)
        started = children(running)
        assert set(started) == {"serve", "worker"}
        database = psutil.Process(int((data / "postgres" / "postmaster.pid").read_text(encoding="ascii").split("\n", 1)[0]))
        assert database.name() == "postgres"
        running.send_signal(signal.SIGINT)
        assert running.wait(REAL_TIME) == 0
        assert all(ended(one) for one in started.values())
        wait_for_the_end([database])
        assert not answers(port)


def test_a_killed_web_server_is_started_again(data: Path) -> None:
    port = free_port()
    with demonstration(data, port) as running:
        welcome(running)
        first = children(running)["serve"]
        first.kill()
        while not (answers(port) and children(running).get("serve", first).pid != first.pid):
            assert running.poll() is None
        assert children(running)["serve"].pid != first.pid


def test_nothing_is_left_running_when_it_is_killed_itself(data: Path) -> None:
    port = free_port()
    with demonstration(data, port) as running:
        welcome(running)
        started = list(children(running).values())
        running.kill()
        running.wait()
        wait_for_the_end(started)
    with demonstration(data, port) as again:  # takes the database over that was left behind
        assert "is ready" in welcome(again)


def test_two_at_once_are_refused(data: Path, juanzong: Juanzong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_DATA_DIR", str(data))
    port = free_port()
    with demonstration(data, port) as running:
        welcome(running)
        answer = juanzong("demo", "--port", free_port())
        assert answer.status == 2
        assert "already runs from" in answer.err
        assert answers(port)


def test_a_busy_port_is_named_and_nothing_is_started(juanzong: Juanzong, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = juanzong("demo", "--port", port)
    assert answer.status == 2
    assert f"Port {port} cannot be used" in answer.err
    assert not (tmp_path / "data" / "postgres").exists()


@pytest.mark.parametrize("reset", [(), ("--reset",)])
def test_data_that_is_no_demonstration_is_never_touched(juanzong: Juanzong, tmp_path: Path, reset: tuple[str, ...]) -> None:
    precious = tmp_path / "data" / "vault" / "precious"
    precious.parent.mkdir(parents=True)
    precious.write_text("evidence", encoding="utf-8")
    answer = juanzong("demo", "--no-serve", *reset)
    assert answer.status == 2
    assert "not a demonstration" in answer.err
    assert precious.read_text(encoding="utf-8") == "evidence"


def test_a_database_of_ones_own_is_not_filled_with_a_demonstration(juanzong: Juanzong, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUANZONG_DATABASE_URL", "postgresql+psycopg://office@db/office")
    answer = juanzong("demo")
    assert answer.status == 2
    assert "Unset JUANZONG_DATABASE_URL" in answer.err
