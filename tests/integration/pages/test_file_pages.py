"""Evidence files over the web: who gets them, how they are labelled, and that damaged ones are never given out."""

import io
import logging
import os
from collections.abc import Callable
from uuid import UUID, uuid4

import pikepdf
import pytest
from cast import STREETS, Cast
from flask import Flask
from PIL import Image
from samples import film, photo, word
from visitor import Visitor

from models.evidence import Evidence
from workflows.evidence import drafts, fixity
from workflows.evidence.intake import received
from workflows.evidence.previews import make_preview
from workflows.evidence.stores import address
from workflows.evidence.vault import BLOCK, Damaged
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]
FILE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


@pytest.fixture
def handed_in(cast: Cast) -> Callable[[bytes, str], UUID]:
    """Hand a file in for 甲科 in a case it shares with 乙科; give the evidence."""
    cast.assign(STREETS, ["甲科", "乙科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")

    def hand_in(content: bytes, name: str) -> UUID:
        taken = received(cast.facilities.vault, io.BytesIO(content), name, 10_000_000)
        new = drafts.NewEvidence(
            file=taken.file,
            sha256=taken.stored.sha256,
            size=taken.stored.size,
            file_name=taken.file_name,
            requirement_id=None,
            caption={},
        )
        with cast.work("qian") as unit:
            return drafts.add(unit, item.id, new).id

    return hand_in


def digest_of(cast: Cast, evidence_id: UUID) -> str:
    with cast.reading() as session:
        return session.get_one(Evidence, evidence_id).file_sha256


def unique_photo() -> bytes:
    # The vault is shared by the tests of a run: one that damages a file takes bytes of its own.
    return photo(comment=uuid4().bytes)


def a_pdf() -> bytes:
    made, content = pikepdf.new(), io.BytesIO()
    made.add_blank_page(page_size=(595, 842))
    made.save(content)
    return content.getvalue()


def test_a_photo_comes_back_byte_by_byte(handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn) -> None:
    content = unique_photo()
    answer = signed_in("qian").get(f"/files/{handed_in(content, '会场 1.jpg')}")
    assert (answer.status_code, answer.data, answer.mimetype) == (200, content, "image/jpeg")
    assert answer.content_length == len(content)
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "filename*=UTF-8''%E4%BC%9A%E5%9C%BA%201.jpg" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    answer.close()


@pytest.mark.parametrize(
    ("content", "name", "disposition"),
    [
        (a_pdf(), "红头文件.pdf", "inline"),
        (word("报告"), "报告.docx", "attachment"),
        ("一、开展情况\n".encode(), "说明.txt", "attachment"),
    ],
)
def test_only_pictures_and_pdfs_open_in_the_browser(
    handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn, content: bytes, name: str, disposition: str
) -> None:
    answer = signed_in("zhao").get(f"/files/{handed_in(content, name)}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith(disposition)
    answer.close()


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("qian", 200),  # collector of the department
        ("sun", 200),  # its reviewer
        ("zhao", 200),  # the office
        ("chen", 200),  # a leader
        ("feng", 200),  # the auditor
        ("li", 404),  # collector of the other department of the same case
        ("wu", 404),  # its reviewer
        ("wang", 404),  # a department that has no part in the case
        ("chu", 404),  # the administrator
    ],
)
def test_only_those_who_may_see_the_part_of_the_case_get_its_files(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn, login: str, status: int
) -> None:
    evidence_id = handed_in(photo(), "a.jpg")
    make_preview(cast.sessions, cast.facilities.vault, digest_of(cast, evidence_id))
    visitor = signed_in(login)
    for path in ("", "/thumbnail", "/view"):
        answer = visitor.get(f"/files/{evidence_id}{path}")
        assert answer.status_code == status, path
        answer.close()


def test_a_stranger_is_asked_to_sign_in(app: Flask, handed_in: Callable[[bytes, str], UUID]) -> None:
    evidence_id = handed_in(photo(), "a.jpg")
    for path in ("", "/thumbnail", "/view", "/pages/1"):
        answer = app.test_client().get(f"/files/{evidence_id}{path}")
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")


def test_there_is_no_picture_before_it_is_made(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn
) -> None:
    evidence_id = handed_in(photo(), "a.jpg")
    visitor = signed_in("qian")
    assert visitor.get(f"/files/{evidence_id}/thumbnail").status_code == 404
    assert "尚未生成" in visitor.get(f"/files/{evidence_id}/view").get_data(as_text=True)
    make_preview(cast.sessions, cast.facilities.vault, digest_of(cast, evidence_id))
    answer = visitor.get(f"/files/{evidence_id}/thumbnail")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.data)).size == (480, 360)
    assert "private" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY


def test_a_picture_the_browser_has_is_not_sent_again(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn
) -> None:
    evidence_id = handed_in(photo(), "a.jpg")
    make_preview(cast.sessions, cast.facilities.vault, digest_of(cast, evidence_id))
    visitor = signed_in("qian")
    tag = visitor.get(f"/files/{evidence_id}/view").headers["ETag"]
    again = visitor.get(f"/files/{evidence_id}/view", headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_the_pages_of_a_pdf_are_shown_as_pictures(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn
) -> None:
    evidence_id = handed_in(a_pdf(), "红头文件.pdf")
    make_preview(cast.sessions, cast.facilities.vault, digest_of(cast, evidence_id))
    visitor = signed_in("sun")
    answer = visitor.get(f"/files/{evidence_id}/pages/1")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.data)).width == 1600
    assert "没有第 2 页" in visitor.get(f"/files/{evidence_id}/pages/2").get_data(as_text=True)


def test_a_photo_has_no_pages(handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn) -> None:
    answer = signed_in("sun").get(f"/files/{handed_in(photo(), 'a.jpg')}/pages/1")
    assert answer.status_code == 404
    assert "a.jpg没有第 1 页可显示" in answer.get_data(as_text=True)


def test_a_removed_file_can_still_be_seen_as_the_history_can(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn
) -> None:
    evidence_id = handed_in(photo(), "a.jpg")
    with cast.work("qian") as unit:
        drafts.remove(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, evidence_id)
    answer = signed_in("sun").get(f"/files/{evidence_id}")
    assert answer.status_code == 200
    answer.close()


@pytest.mark.parametrize("evidence_id", ["5f0e8a4e-3c1b-4d55-9a39-0f6f3b2f7a10", "1", "../etc/passwd"])
def test_what_is_not_there_is_not_found(cast: Cast, signed_in: SignedIn, evidence_id: str) -> None:
    assert signed_in("zhao").get(f"/files/{evidence_id}").status_code == 404


def test_of_a_damaged_file_not_one_byte_is_given_out_and_the_damage_is_noted(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    evidence_id = handed_in(unique_photo(), "a.jpg")
    sha256 = digest_of(cast, evidence_id)
    harm(cast, sha256)
    with caplog.at_level(logging.ERROR):
        answer = signed_in("qian").get(f"/files/{evidence_id}")
    assert (answer.status_code, answer.mimetype) == (409, "text/html")
    assert b"\xff\xd8\xff" not in answer.data
    assert "文件已损坏，未提供" in answer.get_data(as_text=True)
    assert f"the file {sha256} is damaged" in caplog.text
    with cast.reading() as reader:
        assert fixity.damaged_among(reader, [sha256]) == {sha256}
    told = signed_in("qian").get(f"/files/{evidence_id}", headers={"Accept": "application/json"})
    assert told.status_code == 409
    assert "文件已损坏，未提供" in told.get_json()["message"]


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Dest": "image"}, {"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"}],
    ids=["said", "from what it takes"],
)
@pytest.mark.parametrize("path", ["", "/thumbnail", "/view"])
def test_where_a_picture_of_a_damaged_file_would_stand_there_is_one_that_says_so(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn, path: str, headers: dict[str, str]
) -> None:
    evidence_id = handed_in(unique_photo(), "a.jpg")
    sha256 = digest_of(cast, evidence_id)
    make_preview(cast.sessions, cast.facilities.vault, sha256)
    harm(cast, sha256)
    fixity.check_files(cast.sessions, cast.facilities.vault, None)
    answer = signed_in("sun").get(f"/files/{evidence_id}{path}", headers=headers)
    assert (answer.status_code, answer.mimetype) == (409, "image/svg+xml")
    assert "文件已损坏，未提供" in answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"] == FILE_POLICY


def test_a_file_that_is_gone_is_said_to_be_missing(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn
) -> None:
    evidence_id = handed_in(unique_photo(), "a.jpg")
    (cast.facilities.vault.root / address(digest_of(cast, evidence_id))).unlink()
    answer = signed_in("sun").get(f"/files/{evidence_id}")
    assert answer.status_code == 409
    assert "文件缺失，未提供" in answer.get_data(as_text=True)


def harm(cast: Cast, sha256: str, at: int = -5) -> None:
    path = cast.facilities.vault.root / address(sha256)
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


@pytest.fixture
def video(cast: Cast, handed_in: Callable[[bytes, str], UUID]) -> tuple[UUID, bytes]:
    """Hand in a video of several blocks, its blocks noted as uploads do."""
    content = film(data=os.urandom(3 * BLOCK))
    evidence_id = handed_in(content, "现场 录像.mp4")
    with cast.work("qian") as unit:
        fixity.note_kept(unit, cast.facilities.vault.check(digest_of(cast, evidence_id)))
        unit.record("files", "file.noted", {})
    return evidence_id, content


RANGES: dict[str, tuple[str, slice]] = {
    "first bytes": ("bytes=0-99", slice(0, 100)),
    "across blocks": (f"bytes={BLOCK - 5}-{2 * BLOCK + 4}", slice(BLOCK - 5, 2 * BLOCK + 5)),
    "to the end": (f"bytes={BLOCK}-", slice(BLOCK, None)),
    "the last bytes": ("bytes=-300", slice(-300, None)),
    "more than there is": (f"bytes={BLOCK}-99999999", slice(BLOCK, None)),
}


@pytest.mark.parametrize("asked", RANGES)
def test_a_part_of_a_video_is_sent(video: tuple[UUID, bytes], signed_in: SignedIn, asked: str) -> None:
    evidence_id, content = video
    header, part = RANGES[asked]
    answer = signed_in("sun").get(f"/files/{evidence_id}", headers={"Range": header})
    wanted = content[part]
    start = content.index(wanted) if len(wanted) < len(content) else 0
    assert (answer.status_code, answer.data) == (206, wanted)
    assert answer.headers["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/{len(content)}"
    assert answer.content_length == len(wanted)
    assert answer.headers["Accept-Ranges"] == "bytes"
    answer.close()


def test_a_whole_video_is_tagged_with_its_digest_and_not_sent_twice(cast: Cast, video: tuple[UUID, bytes], signed_in: SignedIn) -> None:
    evidence_id, content = video
    visitor = signed_in("sun")
    with visitor.get(f"/files/{evidence_id}") as answer:
        assert (answer.status_code, answer.data, answer.mimetype) == (200, content, "video/mp4")
        assert answer.headers["ETag"] == f'"{digest_of(cast, evidence_id)}"'
        assert answer.headers["Content-Disposition"] == (
            "inline; filename=\"__ __.mp4\"; filename*=UTF-8''%E7%8E%B0%E5%9C%BA%20%E5%BD%95%E5%83%8F.mp4"
        )
        again = visitor.get(f"/files/{evidence_id}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    with visitor.get(f"/files/{evidence_id}?download=1") as saved:
        assert saved.headers["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize(("tag", "status"), [("its own", 206), ('"another"', 200), ("Wed, 25 Nov 2026 00:00:00 GMT", 200)])
def test_a_range_of_an_older_file_is_answered_with_the_whole(
    cast: Cast, video: tuple[UUID, bytes], signed_in: SignedIn, tag: str, status: int
) -> None:
    evidence_id, _ = video
    own = f'"{digest_of(cast, evidence_id)}"'
    headers = {"Range": "bytes=0-9", "If-Range": own if tag == "its own" else tag}
    with signed_in("sun").get(f"/files/{evidence_id}", headers=headers) as answer:
        assert answer.status_code == status


@pytest.mark.parametrize("asked", ["bytes=1-2,5-6", "bytes=abc", "lines=1-2", "bytes"])
def test_a_range_that_cannot_be_read_is_answered_with_the_whole(video: tuple[UUID, bytes], signed_in: SignedIn, asked: str) -> None:
    evidence_id, content = video
    with signed_in("sun").get(f"/files/{evidence_id}", headers={"Range": asked}) as answer:
        assert (answer.status_code, answer.content_length) == (200, len(content))


def test_a_range_behind_the_end_is_refused_with_the_length(video: tuple[UUID, bytes], signed_in: SignedIn) -> None:
    evidence_id, content = video
    answer = signed_in("sun").get(f"/files/{evidence_id}", headers={"Range": "bytes=99999999-"})
    assert (answer.status_code, answer.data) == (416, b"")
    assert answer.headers["Content-Range"] == f"bytes */{len(content)}"


def test_a_damaged_block_breaks_the_answer_off_and_the_blocks_before_are_sound(
    cast: Cast, video: tuple[UUID, bytes], signed_in: SignedIn
) -> None:
    evidence_id, content = video
    sha256 = digest_of(cast, evidence_id)
    harm(cast, sha256, at=2 * BLOCK + 7)
    got = bytearray()
    answer = signed_in("sun").get(f"/files/{evidence_id}", buffered=False)

    def receive() -> None:
        for piece in answer.iter_encoded():
            got.extend(piece)

    with pytest.raises(Damaged):
        receive()
    answer.close()
    assert bytes(got) == content[: 2 * BLOCK]
    with cast.reading() as reader:
        assert fixity.damaged_among(reader, [sha256]) == {sha256}
    refused = signed_in("sun").get(f"/files/{evidence_id}", headers={"Range": "bytes=0-9"})
    assert refused.status_code == 409  # once it is known, no part of it is given out


def test_damage_in_the_first_block_asked_for_is_said(cast: Cast, video: tuple[UUID, bytes], signed_in: SignedIn) -> None:
    evidence_id, _ = video
    harm(cast, digest_of(cast, evidence_id), at=BLOCK + 7)
    answer = signed_in("sun").get(f"/files/{evidence_id}", headers={"Range": f"bytes={BLOCK + 9}-"})
    assert answer.status_code == 409
