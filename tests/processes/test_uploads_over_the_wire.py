"""Uploads against a running server: connections cut in the middle, the server killed, videos larger than memory should hold."""

import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
from cast import PASSWORD, STREETS, Cast
from running import answers, environment_of, free_port, process, until
from samples import film, photo
from sqlalchemy import select

from models.evidence import Evidence
from workflows.lifecycle.words import Step

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
MEGABYTE = 1 << 20
PART = 8 * MEGABYTE


class Phone:
    """A collector's browser, as far as uploads need it."""

    def __init__(self, cast: Cast, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}
        self.item = cast.item(STREETS, Step.COLLECT, "甲科").id
        self.requirement = next(str(one.id) for one in cast.requirements(STREETS) if one.kind == "photo_min")
        self.token = self._token("/sign-in")
        self.send("POST", "/sign-in", form={"csrf_token": self.token, "login": "qian", "password": PASSWORD})
        self.token = self._token(f"/items/{STREETS}/fill")

    def headers(self, **more: str) -> dict[str, str]:
        """Give what every request carries."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookie, "Accept": "application/json", **more}

    def send(self, method: str, path: str, *, form: dict[str, str] | None = None, body: bytes | None = None) -> tuple[int, str]:
        """Send one request and read its answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = self.headers(**({"X-CSRFToken": self.token} if body is not None else {}))
        headers["Content-Type"] = "application/octet-stream" if body is not None else "application/x-www-form-urlencoded"
        connection.request(method, path, body if body is not None else urlencode(form or {}), headers)
        answer = connection.getresponse()
        for name, value in answer.getheaders():
            if name == "Set-Cookie":
                cookie, _, rest = value.split(";", 1)[0].partition("=")
                self.cookies[cookie] = rest
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def begin(self, name: str, size: int) -> dict[str, object]:
        """Announce a file."""
        fields = {"requirement_id": self.requirement, "name": name, "size": str(size), "fingerprint": "ends"}
        status, text = self.send("POST", f"/items/{STREETS}/fill/uploads", form={**self._hidden(), **fields})
        assert status == 200, text
        found: dict[str, object] = json.loads(text)
        return found

    def part(self, href: object, start: int, piece: bytes) -> int:
        """Send a part; give how much has arrived."""
        status, text = self.send("PUT", f"{href}/{start}", body=piece)
        assert status == 200, text
        return int(json.loads(text)["arrived"])

    def finish(self, href: object) -> tuple[int, str]:
        """Let the file become evidence."""
        return self.send("POST", f"{href}/finish", form=self._hidden())

    def cut(self, href: object, start: int, piece: bytes) -> None:
        """Send half a part and close the socket, as a tunnel does."""
        head = "".join(f"{name}: {value}\r\n" for name, value in self.headers(**{"X-CSRFToken": self.token}).items())
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as line:
            line.sendall(
                f"PUT {href}/{start} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{head}Content-Type: application/octet-stream\r\n"
                f"Content-Length: {len(piece)}\r\n\r\n".encode()
            )
            line.sendall(piece[: len(piece) // 2])

    def form(self, name: str, size: int, chunks: Iterator[bytes]) -> int:
        """Send a file with the plain form, as a browser without scripts does; give the status."""
        border = "----border"
        fields = "".join(
            f'--{border}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            for field, value in {**self._hidden(), "requirement_id": self.requirement}.items()
        )
        head = f'{fields}--{border}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: video/mp4\r\n\r\n'
        tail = f"\r\n--{border}--\r\n"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        connection.putrequest("POST", f"/items/{STREETS}/fill/upload")
        told = {"Content-Type": f"multipart/form-data; boundary={border}", "Content-Length": str(len(head.encode()) + size + len(tail))}
        for field, value in self.headers(**told).items():
            connection.putheader(field, value)
        connection.endheaders()
        connection.send(head.encode())
        for chunk in chunks:
            connection.send(chunk)
        connection.send(tail.encode())
        status = connection.getresponse().status
        connection.close()
        return status

    def _hidden(self) -> dict[str, str]:
        return {"csrf_token": self.token, "item_id": str(self.item)}

    def _token(self, path: str) -> str:
        found = _TOKEN.search(self.send("GET", path)[1])
        assert found is not None
        return found.group(1)


@pytest.fixture
def environment(cast: Cast, database_url: str, tmp_path: Path) -> dict[str, str]:
    """Give what the server is told; a case waits for evidence."""
    shutil.rmtree(cast.facilities.vault.root / "uploads", ignore_errors=True)  # the vault is shared by the tests of a run
    cast.assign(STREETS, ["甲科"])
    return environment_of(cast, database_url, tmp_path)


def digests(cast: Cast) -> list[str]:
    with cast.reading() as session:
        return list(session.scalars(select(Evidence.file_sha256)))


def test_cut_in_the_middle_of_a_part_and_killed_between_parts_it_goes_on(cast: Cast, environment: dict[str, str]) -> None:
    content = photo() + os.urandom(6 * MEGABYTE)
    port = free_port()
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        phone = Phone(cast, port)
        href = phone.begin("街口.jpg", len(content))["href"]
        assert phone.part(href, 0, content[: 2 * MEGABYTE]) == 2 * MEGABYTE
        phone.cut(href, 2 * MEGABYTE, content[2 * MEGABYTE : 4 * MEGABYTE])
        assert phone.begin("街口.jpg", len(content))["arrived"] == 2 * MEGABYTE  # half a part counts for nothing
        assert phone.part(href, 2 * MEGABYTE, content[2 * MEGABYTE : 4 * MEGABYTE]) == 4 * MEGABYTE
        server.send_signal(signal.SIGKILL)
        server.wait()
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        assert phone.begin("街口.jpg", len(content))["arrived"] == 4 * MEGABYTE
        assert phone.part(href, 4 * MEGABYTE, content[4 * MEGABYTE :]) == len(content)
        status, text = phone.finish(href)
        assert (status, json.loads(text)["done"]) == (200, True)
    assert digests(cast) == [hashlib.sha256(content).hexdigest()]
    assert cast.verdict().intact


def test_a_server_killed_while_it_makes_evidence_of_a_file_makes_it_once(cast: Cast, environment: dict[str, str]) -> None:
    content = film(data=os.urandom(40 * MEGABYTE))
    port = free_port()
    staging = cast.facilities.vault.root / "staging"
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        phone = Phone(cast, port)
        href = phone.begin("录像.mp4", len(content))["href"]
        for start in range(0, len(content), PART):
            phone.part(href, start, content[start : start + PART])
        finishing = threading.Thread(target=_try_to_finish, args=(phone, href))
        finishing.start()
        until(lambda: any(staging.glob("*")) or bool(digests(cast)), server)
        server.send_signal(signal.SIGKILL)
        server.wait()
        finishing.join()
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        status, text = phone.finish(href)
        assert (status, json.loads(text)["done"]) == (200, True)
    assert digests(cast) == [hashlib.sha256(content).hexdigest()]
    assert cast.verdict().intact


def _try_to_finish(phone: Phone, href: object) -> None:
    try:
        phone.finish(href)
    except (ConnectionError, http.client.HTTPException):
        return  # killed before it could answer: that is what the test is about


def test_two_windows_send_the_same_file_at_once_and_it_is_there_once(cast: Cast, environment: dict[str, str]) -> None:
    content = photo() + os.urandom(10 * MEGABYTE)
    port = free_port()
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        windows = [(Phone(cast, port), step) for step in (MEGABYTE, 1_700_000)]
        statuses: list[int] = []

        def send(phone: Phone, step: int) -> None:
            begun = phone.begin("街口.jpg", len(content))
            arrived = int(str(begun["arrived"]))
            while arrived < len(content):
                arrived = phone.part(begun["href"], arrived, content[arrived : arrived + step])
            statuses.append(phone.finish(begun["href"])[0])

        threads = [threading.Thread(target=send, args=window) for window in windows]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert statuses == [200, 200]
    assert digests(cast) == [hashlib.sha256(content).hexdigest()]


def resident(server: subprocess.Popen[bytes]) -> int:
    return int(psutil.Process(server.pid).memory_info().rss)


def video(size: int) -> Iterator[bytes]:
    """Give a video of many megabytes, piece by piece."""
    head = film(data=b"")[:-8]
    yield head + (size - len(head)).to_bytes(4, "big") + b"mdat"
    left, block = size - len(head) - 8, os.urandom(MEGABYTE)
    while left:
        yield block[:left]
        left -= len(block[:left])


@pytest.mark.parametrize("way", ["in parts", "plain form"])
def test_a_video_of_300_megabytes_does_not_lie_in_memory(cast: Cast, environment: dict[str, str], way: str) -> None:
    size, port = 300 * MEGABYTE, free_port()
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        phone = Phone(cast, port)
        for _ in range(32):  # every thread of the server has its connection to the database now
            phone.send("GET", f"/items/{STREETS}/fill")
        before, highest = resident(server), 0
        if way == "in parts":
            href, arrived, waiting = phone.begin("录像.mp4", size)["href"], 0, b""
            for chunk in video(size):
                waiting += chunk
                if len(waiting) >= PART:
                    arrived, waiting = phone.part(href, arrived, waiting[:PART]), waiting[PART:]
                    highest = max(highest, resident(server))
            if waiting:
                phone.part(href, arrived, waiting)
            assert phone.finish(href)[0] == 200
        else:
            assert phone.form("video.mp4", size, video(size)) == 200
        highest = max(highest, resident(server))
        with cast.reading() as session:
            evidence = session.scalars(select(Evidence)).one()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", f"/files/{evidence.id}", headers=phone.headers())
        answer = connection.getresponse()
        digest = hashlib.sha256()
        while piece := answer.read(MEGABYTE):
            digest.update(piece)
        connection.close()
        highest = max(highest, resident(server))
    assert digest.hexdigest() == evidence.file_sha256
    assert highest - before < 40_000_000
    cast.facilities.vault.path(evidence.file_sha256).unlink()


def test_a_body_too_large_for_its_address_is_refused_before_it_is_received(cast: Cast, environment: dict[str, str]) -> None:
    port = free_port()
    with process(environment, "serve", port=port) as server:
        until(lambda: answers(port), server)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.putrequest("POST", "/sign-in")
        connection.putheader("Content-Length", "1500000000")
        connection.endheaders()
        assert connection.getresponse().status == 413
        connection.close()
