"""Files that come part by part: cut off, sent twice, sent by two windows, refused, given up; then evidence like any other."""

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cast import STREETS, Cast
from flask import Flask
from samples import film, photo, word
from sqlalchemy import select
from visitor import SECRET_KEY, Visitor, site_of
from werkzeug.test import TestResponse

from engine.audit import trail
from models.evidence import Evidence
from models.uploads import FileCheck
from web.application import create_app
from workflows.evidence import drafts, uploads
from workflows.evidence.uploads import KEPT_FOR, expire
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]
MEGABYTE = 1 << 20


class Sender:
    """What the script of the page does, step by step."""

    def __init__(self, cast: Cast, client: Visitor, department: str = "甲科") -> None:
        self.cast, self.client = cast, client
        self.item = cast.item(STREETS, Step.COLLECT, department).id
        self.requirement = next(str(one.id) for one in cast.requirements(STREETS) if one.kind == "photo_min")

    def begin(self, content: bytes, name: str, **other: str) -> TestResponse:
        """Announce a file."""
        data = {
            "item_id": str(self.item),
            "requirement_id": self.requirement,
            "name": name,
            "size": str(len(content)),
            "fingerprint": hashlib.md5(content[:100] + content[-100:]).hexdigest(),
            **other,
        }
        return self.client.post(f"/items/{STREETS}/fill/uploads", data=data, headers={"Accept": "application/json"})

    def part(self, href: str, start: int, content: bytes, **headers: str) -> TestResponse:
        """Send one part."""
        told = {"Accept": "application/json", "X-CSRFToken": self.client.form_token(), **headers}
        return self.client.put(f"{href}/{start}", data=content, headers=told, content_type="application/octet-stream")

    def press(self, href: str, button: str) -> TestResponse:
        """Finish an upload or give it up."""
        return self.client.post(f"{href}/{button}", headers={"Accept": "application/json"})

    def send(self, content: bytes, name: str, step: int = MEGABYTE, **other: str) -> TestResponse:
        """Send a whole file."""
        href = self.begin(content, name, **other).get_json()["href"]
        for start in range(0, len(content), step):
            assert self.part(href, start, content[start : start + step]).status_code == 200
        return self.press(href, "finish")

    def evidence(self) -> list[Evidence]:
        """Give what has become evidence, by name."""
        with self.cast.reading() as session:
            return list(session.scalars(select(Evidence).where(Evidence.removed_at.is_(None)).order_by(Evidence.file_name)))

    def refusals(self) -> list[dict[str, str]]:
        """Give what was refused, as it is recorded."""
        with self.cast.reading() as session:
            events = trail(session, f"case:{STREETS}")
            return [json.loads(one.body)["details"] for one in events if one.action == "evidence.refused"]

    def left(self) -> list[Path]:
        """Give the parts that lie about."""
        return [path for path in (self.cast.facilities.vault.root / "uploads").rglob("*-*") if path.is_file()]


@pytest.fixture
def sender(cast: Cast, signed_in: SignedIn) -> Sender:
    """钱立 of 甲科 collects photos of the streets."""
    shutil.rmtree(cast.facilities.vault.root / "uploads", ignore_errors=True)  # the vault is shared by the tests of a run
    cast.assign(STREETS, ["甲科", "乙科"])
    return Sender(cast, signed_in("qian"))


def picture(size: int = 3 * MEGABYTE) -> bytes:
    """Give a photo of about this many bytes, of its own kind."""
    return photo() + os.urandom(size)


def test_a_file_in_parts_becomes_evidence_byte_by_byte(sender: Sender) -> None:
    content = picture()
    answer = sender.send(content, "街口.jpg")
    assert (answer.status_code, answer.get_json()["done"]) == (200, True)
    (kept,) = sender.evidence()
    assert (kept.file_name, str(kept.requirement_id), kept.file_sha256) == ("街口.jpg", sender.requirement, hashlib.sha256(content).hexdigest())
    assert sender.cast.facilities.vault.read(kept.file_sha256) == content
    with sender.cast.reading() as session:
        check = session.get_one(FileCheck, kept.file_sha256)
    assert check.blocks == b"".join(hashlib.sha256(content[at : at + MEGABYTE]).digest() for at in range(0, len(content), MEGABYTE))
    assert sender.left() == []
    assert sender.cast.verdict().intact


def test_after_a_cut_it_goes_on_where_it_stopped(sender: Sender, signed_in: SignedIn) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    assert sender.part(href, 0, content[:MEGABYTE]).get_json()["arrived"] == MEGABYTE
    later = Sender(sender.cast, signed_in("qian"))  # another browser, another day
    begun = later.begin(content, "街口.jpg").get_json()
    assert (begun["href"], begun["arrived"]) == (href, MEGABYTE)
    assert later.client.get(href).get_json()["arrived"] == MEGABYTE
    later.part(href, MEGABYTE, content[MEGABYTE:])
    assert later.press(href, "finish").status_code == 200
    assert [one.file_sha256 for one in later.evidence()] == [hashlib.sha256(content).hexdigest()]


def test_parts_may_come_twice_out_of_order_and_in_other_sizes(sender: Sender) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    steps = [
        (0, MEGABYTE, MEGABYTE),
        (0, MEGABYTE, MEGABYTE),  # twice
        (2 * MEGABYTE, 100, MEGABYTE),  # leaves a gap
        (MEGABYTE // 2, MEGABYTE, MEGABYTE),  # half of it is there
        (MEGABYTE, 500_000, MEGABYTE + 500_000),
        (MEGABYTE, MEGABYTE, MEGABYTE + 500_000),  # another window cut it otherwise
        (MEGABYTE + 500_000, len(content) - MEGABYTE - 500_000, len(content)),
    ]
    for start, length, arrived in steps:
        assert sender.part(href, start, content[start : start + length]).get_json()["arrived"] == arrived
    sender.press(href, "finish")
    assert [one.file_sha256 for one in sender.evidence()] == [hashlib.sha256(content).hexdigest()]


def test_finishing_too_early_is_refused_and_changes_nothing(sender: Sender) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    sender.part(href, 0, content[:MEGABYTE])
    answer = sender.press(href, "finish")
    assert answer.status_code == 409
    assert "街口.jpg 尚未传完" in answer.get_json()["message"]
    assert sender.client.get(href).get_json()["arrived"] == MEGABYTE


def test_finishing_twice_adds_the_file_once(sender: Sender) -> None:
    content = picture()
    assert sender.send(content, "街口.jpg").status_code == 200
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    again = sender.press(href, "finish")  # the first answer was lost on its way
    assert (again.status_code, again.get_json()["done"]) == (200, True)
    assert len(sender.evidence()) == 1


def test_a_file_that_was_removed_may_come_again(sender: Sender) -> None:
    content = picture()
    sender.send(content, "街口.jpg")
    (first,) = sender.evidence()
    with sender.cast.work("qian") as unit:
        drafts.remove(unit, sender.item, first.id)
    assert sender.evidence() == []
    assert sender.send(content, "街口.jpg").status_code == 200
    (again,) = sender.evidence()
    assert again.id != first.id
    assert again.file_sha256 == first.file_sha256


def test_a_file_added_just_before_the_server_died_is_not_taken_for_a_twin(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    def died(_self: object, _key: str, _evidence: UUID) -> None:
        raise KeyboardInterrupt

    content = picture()
    with monkeypatch.context() as patched:
        patched.setattr(uploads.UploadFolder, "finish", died)
        with pytest.raises(KeyboardInterrupt):
            sender.send(content, "街口.jpg")
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    assert sender.press(href, "finish").status_code == 200
    assert len(sender.evidence()) == 1
    assert sender.refusals() == []
    assert sender.left() == []


@pytest.mark.parametrize(
    ("content", "name", "sentence", "reason"),
    [
        (b"<html><script>", "街口.jpg", "街口.jpg 是网页", "other"),
        (photo(kind="PNG"), "街口.jpg", "街口.jpg 的内容与扩展名不符", "misnamed"),
        (photo()[:2000], "街口.jpg", "街口.jpg 已损坏", "damaged"),
    ],
)
def test_a_whole_file_that_is_refused_is_let_go_and_counted(
    sender: Sender, content: bytes, name: str, sentence: str, reason: str
) -> None:
    answer = sender.send(content, name)
    assert answer.status_code == 422
    assert sentence in answer.get_json()["message"]
    assert sender.evidence() == []
    assert sender.left() == []
    assert sender.refusals() == [{"file": name, "reason": reason}]


@pytest.mark.parametrize(
    ("name", "size", "sentence", "reason"),
    [
        ("空.jpg", 0, "空.jpg 是空文件", "empty"),
        ("大.jpg", 20_000_001, "大.jpg 超过 20 MB", "too_large"),
        ("录像.mp4", 20_000_001, "录像.mp4 超过 20 MB", "too_large"),
        ("程序.exe", 10, "程序.exe 的格式不受支持", "kind"),
        ("没有扩展名", 10, "没有扩展名 的格式不受支持", "kind"),
    ],
)
def test_what_would_be_refused_is_refused_before_it_is_sent(
    sender: Sender, name: str, size: int, sentence: str, reason: str
) -> None:
    answer = sender.begin(b"", name, size=str(size))
    assert answer.status_code == 422
    assert sentence in answer.get_json()["message"]
    assert sender.refusals() == [{"file": name, "reason": reason}]


def test_a_file_that_is_here_already_is_not_sent_again(sender: Sender) -> None:
    content = picture()
    sender.send(content, "街口.jpg")
    answer = sender.begin(content, "又一张.jpg", sha256=hashlib.sha256(content).hexdigest())
    assert answer.status_code == 422
    assert "街口.jpg" in answer.get_json()["message"]
    assert sender.refusals() == [{"file": "又一张.jpg", "reason": "twin"}]
    other = sender.begin(content, "别处.jpg", sha256=hashlib.sha256(content).hexdigest(), requirement_id="")
    assert other.status_code == 200  # for another requirement it may be handed in


def test_a_file_that_changed_while_it_was_sent_is_refused(sender: Sender) -> None:
    content = picture()
    answer = sender.send(content, "街口.jpg", sha256=hashlib.sha256(content + b"x").hexdigest())
    assert answer.status_code == 422
    assert "街口.jpg 在上传过程中被修改" in answer.get_json()["message"]
    assert sender.evidence() == []


def test_what_one_has_under_way_is_limited(cast: Cast, tmp_path: Path) -> None:
    cast.assign(STREETS, ["甲科"])
    site = site_of(cast, tmp_path)
    app = create_app(replace(site, settings=replace(site.settings, max_video_mb=900, upload_quota_gb=1)), SECRET_KEY)
    app.test_client_class = Visitor
    client = app.test_client()
    assert isinstance(client, Visitor)
    sender = Sender(cast, client.enter("qian"))
    first = sender.begin(b"", "一.mp4", size="600000000")
    assert first.status_code == 200
    refused = sender.begin(b"", "二.mp4", size="600000000")
    assert refused.status_code == 422
    assert "未传完的文件过多" in refused.get_json()["message"]
    assert sender.begin(b"", "一.mp4", size="600000000").status_code == 200  # one that was begun may go on
    sender.press(first.get_json()["href"], "drop")
    assert sender.begin(b"", "二.mp4", size="600000000").status_code == 200


@pytest.mark.parametrize(
    ("start", "length"), [(0, 0), (0, uploads.PART_AT_MOST + 1), (3 * MEGABYTE, MEGABYTE)], ids=["empty", "too large", "behind the end"]
)
def test_a_part_that_cannot_belong_to_the_file_is_refused(sender: Sender, start: int, length: int) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    answer = sender.part(href, start, bytes(length))
    assert answer.status_code == 422
    assert sender.client.get(href).get_json()["arrived"] == 0


def test_a_part_that_is_cut_off_leaves_nothing(sender: Sender) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    answer = sender.client.put(
        f"{href}/0",
        input_stream=io.BytesIO(content[:1000]),
        headers={"Accept": "application/json", "X-CSRFToken": sender.client.form_token()},
        environ_overrides={"CONTENT_LENGTH": str(MEGABYTE)},
        content_type="application/octet-stream",
    )
    assert answer.status_code >= 400
    assert sender.client.get(href).get_json()["arrived"] == 0
    assert sender.left() == []


def test_a_full_disk_is_said_and_what_arrived_is_kept(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    sender.part(href, 0, content[:MEGABYTE])
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_space)
        answer = sender.part(href, MEGABYTE, content[MEGABYTE:])
        assert answer.status_code == 507
        assert "服务器暂时无法接收文件" in answer.get_json()["message"]
        assert len(sender.left()) == 1
    assert sender.part(href, MEGABYTE, content[MEGABYTE:]).get_json()["arrived"] == len(content)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", _no_space)
        assert sender.press(href, "finish").status_code == 507
    assert sender.evidence() == []
    assert list((sender.cast.facilities.vault.root / "staging").glob("*")) == []
    assert sender.press(href, "finish").status_code == 200


def test_no_file_is_begun_that_would_not_fit(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 200_000_100

    monkeypatch.setattr(uploads.shutil, "disk_usage", lambda _path: Full)
    assert sender.begin(picture(), "街口.jpg").status_code == 507


def _no_space(_handle: int) -> None:
    raise OSError(28, "No space left on device")


def test_uploads_of_others_are_not_there(sender: Sender, signed_in: SignedIn) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    stranger = Sender(sender.cast, signed_in("li"), "乙科")
    assert stranger.client.get(href).status_code == 404
    assert stranger.part(href, 0, content[:10]).status_code == 404
    assert stranger.press(href, "finish").status_code == 404
    stranger.press(href, "drop")
    assert sender.client.get(href).status_code == 200


@pytest.mark.parametrize("key", ["0" * 32, "..", "..%2f..", "x" * 32, "0" * 31])
def test_what_is_no_upload_is_not_found(sender: Sender, key: str) -> None:
    assert sender.client.get(f"/items/{STREETS}/fill/uploads/{key}").status_code == 404
    assert sender.client.post(f"/items/{STREETS}/fill/uploads/{key}/drop").status_code in {303, 404}


def test_an_upload_of_a_step_that_is_over_does_not_become_evidence(sender: Sender) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    for start in range(0, len(content), MEGABYTE):
        sender.part(href, start, content[start : start + MEGABYTE])
    sender.cast.submit(STREETS, "甲科")
    before = len(sender.evidence())
    assert sender.press(href, "finish").status_code == 409
    assert len(sender.evidence()) == before


def test_without_its_token_nothing_is_taken(sender: Sender) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    answer = sender.client.put(f"{href}/0", data=content[:10], headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert sender.client.get(href).get_json()["arrived"] == 0


def test_a_stranger_sends_nothing(app: Flask, sender: Sender) -> None:
    href = sender.begin(picture(), "街口.jpg").get_json()["href"]
    assert app.test_client().put(f"{href}/0", data=b"x").status_code in {401, 409}


def test_an_unfinished_upload_stands_on_the_page_and_can_be_given_up(sender: Sender) -> None:
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    sender.part(href, 0, content[:MEGABYTE])
    page = sender.client.get(f"/items/{STREETS}/fill?item={sender.item}").get_data(as_text=True)
    assert "街口.jpg" in page
    assert "已传 33%" in page
    answer = sender.client.post(f"{href}/drop", data={"item_id": str(sender.item)})
    assert answer.status_code == 303
    assert "已传 33%" not in sender.client.get(answer.location).get_data(as_text=True)
    assert sender.left() == []


def test_uploads_that_stand_still_for_three_days_are_given_up(sender: Sender) -> None:
    root = sender.cast.facilities.vault.root / "uploads"
    content = picture()
    href = sender.begin(content, "街口.jpg").get_json()["href"]
    sender.part(href, 0, content[:MEGABYTE])
    key = href.rsplit("/", 1)[1]
    (folder,) = root.glob(f"*/{key}")
    written = max(path.stat().st_mtime for path in [folder, *folder.iterdir()])
    moment = datetime.fromtimestamp(written, UTC) + timedelta(seconds=KEPT_FOR)
    expire(root, moment - timedelta(seconds=5))
    assert folder.exists()
    expire(root, moment + timedelta(seconds=5))
    assert not folder.exists()
    assert sender.client.get(href).status_code == 404


def test_expiring_where_nothing_was_ever_sent_does_nothing(tmp_path: Path) -> None:
    assert expire(tmp_path / "uploads", datetime.now(UTC)) == 0


def test_the_plain_form_takes_the_same_files_and_counts_the_same_refusals(sender: Sender) -> None:
    files = [(io.BytesIO(photo()), "街口.jpg"), (io.BytesIO(b"MZ"), "程序.exe"), (io.BytesIO(film()), "现场.mov"), (io.BytesIO(word("报告")), "报告.docx")]
    data = {"item_id": str(sender.item), "requirement_id": sender.requirement, "files": files}
    answer = sender.client.post(f"/items/{STREETS}/fill/upload", data=data)
    assert answer.status_code == 422
    assert [one.file_name for one in sender.evidence()] == ["报告.docx", "街口.jpg"]
    assert sender.refusals() == [{"file": "程序.exe", "reason": "kind"}, {"file": "现场.mov", "reason": "misnamed"}]


