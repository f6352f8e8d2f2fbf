"""Evidence files over the web: who gets them, how they are labelled, and that damaged ones are never given out."""

import io
import logging
from collections.abc import Callable
from uuid import UUID, uuid4

import pikepdf
import pytest
from cast import STREETS, Cast
from flask import Flask
from PIL import Image
from samples import photo, word
from visitor import Visitor

from models.evidence import Evidence
from workflows.evidence import drafts
from workflows.evidence.intake import received
from workflows.evidence.previews import make_preview
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


def test_the_pages_of_a_pdf_are_shown_as_pictures(handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn) -> None:
    evidence_id = handed_in(a_pdf(), "红头文件.pdf")
    visitor = signed_in("sun")
    answer = visitor.get(f"/files/{evidence_id}/pages/1")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(answer.data)).size == (1190, 1684)
    assert "没有第 2 页" in visitor.get(f"/files/{evidence_id}/pages/2").get_data(as_text=True)


def test_a_photo_has_no_pages(handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn) -> None:
    answer = signed_in("sun").get(f"/files/{handed_in(photo(), 'a.jpg')}/pages/1")
    assert answer.status_code == 404
    assert "a.jpg 没有可供预览的页面" in answer.get_data(as_text=True)


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


def test_a_damaged_file_is_an_incident_and_not_one_byte_of_it_is_given_out(
    cast: Cast, handed_in: Callable[[bytes, str], UUID], signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    evidence_id = handed_in(unique_photo(), "a.jpg")
    sha256 = digest_of(cast, evidence_id)
    path = cast.facilities.vault.path(sha256)
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    with caplog.at_level(logging.ERROR):
        answer = signed_in("qian").get(f"/files/{evidence_id}")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert b"\xff\xd8\xff" not in answer.data
    assert f"the file {sha256} in the vault" in caplog.text
