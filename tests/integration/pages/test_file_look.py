"""The page of one file: its picture or its words, marks with a form, where else it is used and the declaration."""

import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

import docx
import pytest
from cast import STREETS, VOLUNTEERS, Cast
from samples import camera_notes, film, photo
from sqlalchemy import select
from visitor import Visitor

from models.evidence import Evidence
from workflows.demo.pictures import photograph
from workflows.evidence import drafts, office_pages, rendering
from workflows.evidence.intake import received
from workflows.evidence.marks import marks_of
from workflows.evidence.previews import make_preview
from workflows.evidence.words_of_files import read_words
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]
HandIn = Callable[..., UUID]
COLLECTORS = {"甲科": "qian", "乙科": "li", "丙科": "zheng"}


@pytest.fixture
def hand_in(cast: Cast) -> HandIn:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.assign(VOLUNTEERS, ["丙科", "甲科"])

    def put(content: bytes, name: str, no: str = STREETS, department: str = "甲科") -> UUID:
        taken = received(cast.facilities.vault, io.BytesIO(content), name, 50_000_000)
        new = drafts.NewEvidence(taken.file, taken.stored.sha256, taken.stored.size, taken.file_name, None, {})
        with cast.work(COLLECTORS[department]) as unit:
            return drafts.add(unit, cast.item(no, Step.COLLECT, department).id, new).id

    return put


def prepared(cast: Cast, evidence_id: UUID) -> None:
    with cast.reading() as session:
        digest = session.get_one(Evidence, evidence_id).file_sha256
    make_preview(cast.sessions, cast.facilities.vault, digest)
    read_words(cast.sessions, cast.facilities.vault, digest)


def report() -> bytes:
    made, content = docx.Document(), io.BytesIO()
    made.add_paragraph("说明报告")
    made.add_paragraph(f"志愿者占比达到 96%。{uuid4()}")
    made.save(content)
    return content.getvalue()


def text(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)[-500:]
    return answer.get_data(as_text=True)


def test_a_picture_that_is_being_made_says_so_and_appears(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    visitor, evidence_id = signed_in("qian"), hand_in(photo(comment=uuid4().bytes), "现场.jpg")
    page = text(visitor, f"/files/{evidence_id}/look")
    assert "正在生成" in page
    waiting = re.findall(r'data-waiting="([^"]+)"', page)
    assert waiting == [f"/files/{evidence_id}/pages/1/ready"]
    assert visitor.get(waiting[0]).json == {"ready": False}
    prepared(cast, evidence_id)
    assert visitor.get(waiting[0]).json == {"ready": True}
    page = text(visitor, f"/files/{evidence_id}/look")
    assert f'src="/files/{evidence_id}/view"' in page
    assert "正在生成" not in page


def test_the_facts_of_a_photo_stand_beside_what_was_typed_with_doubts(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    place = ((30.0, 35.0, 24.0), "N", (114.0, 18.0, 18.0), "E")
    notes = camera_notes(taken="2000:01:01 00:00:10", zone="+08:00", place=place, camera=("HUAWEI", "P40"))
    page = text(signed_in("sun"), f"/files/{hand_in(photo(exif=notes), '现场.jpg')}/look")
    for words in ("北纬30.59000° 东经114.30500°", "HUAWEI P40", "2000-01-01 00:00 (+08:00)", "相机时钟未设置（2000-01-01）", "长边只有 800 像素"):
        assert words in page


def test_a_page_that_is_not_drawn_yet_is_asked_for(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    import pikepdf

    made, content = pikepdf.new(), io.BytesIO()
    for number in range(9):
        made.add_blank_page(page_size=(595, 842 - number))
    made.docinfo["/Title"] = str(uuid4())
    made.save(content)
    evidence_id, visitor = hand_in(content.getvalue(), "九页.pdf"), signed_in("sun")
    prepared(cast, evidence_id)
    assert "第 2 页，共 9 页" in text(visitor, f"/files/{evidence_id}/look?page=2")
    assert visitor.get(f"/files/{evidence_id}/pages/2").mimetype == "image/jpeg"
    for _ in range(3):
        assert "正在生成" in text(visitor, f"/files/{evidence_id}/look?page=8")
    assert visitor.get(f"/files/{evidence_id}/pages/8").status_code == 404
    with cast.reading() as session:
        digest = session.get_one(Evidence, evidence_id).file_sha256
        jobs = session.connection().exec_driver_sql("SELECT args FROM procrastinate_jobs WHERE task_name = 'page.draw'").all()
    assert [row.args["first"] for row in jobs] == [7]
    rendering.draw_pages(cast.sessions, cast.facilities.vault, digest, 7)
    assert f'src="/files/{evidence_id}/pages/8"' in text(visitor, f"/files/{evidence_id}/look?page=8")
    assert visitor.get(f"/files/{evidence_id}/pages/10").status_code == 404
    assert visitor.get(f"/files/{evidence_id}/pages/0").status_code == 404


def test_words_are_shown_where_there_are_no_pages(
    cast: Cast, hand_in: HandIn, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(office_pages.shutil, "which", lambda _name: None)
    evidence_id = hand_in(report(), "报告.docx")
    prepared(cast, evidence_id)
    page = text(signed_in("sun"), f"/files/{evidence_id}/look")
    assert "本机未安装 LibreOffice" in page
    assert "志愿者占比达到 96%" in page
    video = hand_in(film(), "视频.mp4")
    prepared(cast, video)
    assert "视频没有页面图" in text(signed_in("sun"), f"/files/{video}/look")


def test_a_line_is_marked_without_a_script_and_the_mark_removed(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    evidence_id, visitor = hand_in(report(), "报告.docx"), signed_in("qian")
    prepared(cast, evidence_id)
    page = text(visitor, f"/files/{evidence_id}/look")
    (line,) = re.findall(r'<option value="(\d+-\d+)">志愿者', page)
    answer = visitor.post(f"/files/{evidence_id}/mark", data={"page": "1", "passage": line, "note": "占比 96%", "shape": "underline"})
    assert answer.status_code == 303
    page = text(visitor, f"/files/{evidence_id}/look")
    assert "<mark>志愿者占比达到 96%" in page
    with cast.reading() as session:
        (mark,) = marks_of(session, [evidence_id])
    assert visitor.post(f"/files/{evidence_id}/unmark", data={"mark": str(mark.id)}).status_code == 303
    assert "<mark>" not in text(visitor, f"/files/{evidence_id}/look")


def test_a_box_is_drawn_over_the_picture(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    evidence_id, visitor = hand_in(photo(comment=uuid4().bytes), "现场.jpg"), signed_in("qian")
    prepared(cast, evidence_id)
    sides = {"x0": "0.1", "y0": "0.2", "x1": "0.5", "y1": "0.6"}
    assert visitor.post(f"/files/{evidence_id}/mark", data={**sides, "page": "1", "shape": "box"}).status_code == 303
    assert '<rect x="100" y="150" width="400" height="300">' in text(signed_in("sun"), f"/files/{evidence_id}/look")


@pytest.mark.parametrize(
    "typed",
    [{}, {"passage": "a-b"}, {"x0": "0.1"}, {"x0": "nan", "y0": "0", "x1": "1", "y1": "1"}, {"passage": "0-999999999999999"}],
)
def test_a_mark_without_a_place_is_refused_in_place_and_the_words_stay(
    cast: Cast, hand_in: HandIn, signed_in: SignedIn, typed: dict[str, str]
) -> None:
    evidence_id, visitor = hand_in(photo(comment=uuid4().bytes), "现场.jpg"), signed_in("qian")
    answer = visitor.post(f"/files/{evidence_id}/mark", data={**typed, "note": "占比 96%"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert 'value="占比 96%"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(("login", "status"), [("li", 404), ("wang", 404), ("chu", 404), ("sun", 200), ("zhao", 200), ("chen", 200), ("feng", 200)])
def test_only_who_may_see_the_file_opens_its_pages(hand_in: HandIn, signed_in: SignedIn, login: str, status: int) -> None:
    evidence_id, visitor = hand_in(photo(), "现场.jpg"), signed_in(login)
    for path in ("look", "seen", "pages/1/ready"):
        assert visitor.get(f"/files/{evidence_id}/{path}").status_code == status, path


def test_two_photos_are_shown_side_by_side_and_a_reuse_is_declared(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    taken = datetime(2026, 3, 2, tzinfo=UTC)
    picture = photograph("street", str(uuid4()), taken)
    first = hand_in(picture, "原.jpg")
    second = hand_in(picture, "再用.jpg", VOLUNTEERS, "甲科")
    visitor = signed_in("qian")
    assert "此前有 1 处上传过" in text(visitor, f"/files/{second}/look")
    assert "此后有 1 处上传了" in text(visitor, f"/files/{first}/look")
    page = text(visitor, f"/files/{second}/seen")
    assert "同一文件" in page
    assert f'href="/files/{first}/look"' in page
    refused = visitor.post(f"/files/{second}/reuse", data={"other": str(first), "reason": " "})
    assert (refused.status_code, "请写明重复使用的理由" in refused.get_data(as_text=True)) == (422, True)
    assert visitor.post(f"/files/{second}/reuse", data={"other": str(first), "reason": "同一次活动"}).status_code == 303
    page = text(visitor, f"/files/{second}/look")
    assert "已声明重复使用：同一次活动" in page
    assert "此前有" not in page
    assert visitor.post(f"/files/{second}/reuse/withdraw").status_code == 303
    assert "此前有 1 处上传过" in text(visitor, f"/files/{second}/look")


def test_who_may_not_see_the_other_case_learns_only_where_it_is_used(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    picture = photograph("park", str(uuid4()), datetime(2026, 3, 2, tzinfo=UTC))
    first = hand_in(picture, "甲科的.jpg")
    second = hand_in(picture, "丙科的.jpg", VOLUNTEERS, "丙科")
    page = text(signed_in("zheng"), f"/files/{second}/seen")
    assert "甲科" in page
    assert "2026年创建文明城市" in page
    assert "无权查看其他部门的任务" in page
    # The form to declare it names the other piece by a number that opens nothing.
    assert f"/files/{first}" not in page
    assert "甲科的.jpg" not in page
    assert STREETS not in page
    assert "甲科的.jpg" in text(signed_in("zhao"), f"/files/{second}/seen")


def test_a_file_is_used_for_another_requirement_without_uploading_it(cast: Cast, hand_in: HandIn, signed_in: SignedIn) -> None:
    first, visitor = hand_in(photo(comment=uuid4().bytes), "现场.jpg"), signed_in("qian")
    requirement = cast.requirements(VOLUNTEERS)[0]
    item = cast.item(VOLUNTEERS, Step.COLLECT, "甲科")
    place = f"{item.id} {requirement.id}"
    assert f'<option value="{place}">' in text(visitor, f"/files/{first}/seen")
    assert visitor.post(f"/files/{first}/refer", data={"place": "", "reason": "共用"}).status_code == 422
    assert visitor.post(f"/files/{first}/refer", data={"place": place, "reason": ""}).status_code == 422
    answer = visitor.post(f"/files/{first}/refer", data={"place": place, "reason": "共用"})
    assert answer.status_code == 303
    with cast.reading() as session:
        made = session.scalars(select(Evidence).where(Evidence.requirement_id == requirement.id)).one()
        assert (made.reused_from, made.reuse_reason) == (first, "共用")
    assert answer.location.endswith(f"/files/{made.id}/look")
