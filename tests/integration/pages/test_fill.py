"""Collecting on the page: upload, describe, be told what is missing, submit; nothing typed is ever lost."""

import hashlib
import io
import re
from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from cast import CAMPAIGN, POSTERS, STREETS, VOLUNTEERS, Cast
from flask import Flask
from PIL import Image
from sqlalchemy import select
from visitor import Visitor
from werkzeug.test import TestResponse

from engine.errors import Broken
from models.audit import AuditEvent
from models.evidence import Contribution, Evidence, StoredFile, Submission
from workflows.breakdown.document import read_bytes
from workflows.breakdown.importing import campaign_named, import_document
from workflows.lifecycle.decide import Outcome, Verdict
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]
TAKEN = "2026:03:02 09:41:00"
#: A table whose one rule asks for a rate and a report.
RATES = """个性任务分解表（2分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t知晓率
\t群众知晓率达标。
\t2
\t甲科
\t知晓率不低于95%，提供说明报告500字左右。
"""


def photo(colour: str, taken: str | None = TAKEN) -> bytes:
    """Draw a small photo, with the time a camera writes into it."""
    exif = Image.Exif()
    if taken is not None:
        exif.get_ifd(0x8769)[0x9003] = taken
    out = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def fields(answer: TestResponse, start: str) -> dict[str, str]:
    """Give the inputs of a page whose name begins with `start`: name → value."""
    page = answer.get_data(as_text=True)
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r' name="([^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and unescape(name[1]).startswith(start):
            found[unescape(name[1])] = unescape(value[1]) if value else ""
    return found


class Desk:
    """One collector at the page of one case."""

    def __init__(self, cast: Cast, client: Visitor, no: str, department: str) -> None:
        self.cast, self.client, self.no = cast, client, no
        self.item = cast.item(no, Step.COLLECT, department).id
        self.contribution = self._contribution(department)

    def show(self) -> TestResponse:
        """Open the page."""
        return self.client.get(f"/items/{self.no}/fill?item={self.item}")

    def send(self, button: str, **typed: str) -> TestResponse:
        """Press a button with what was typed."""
        data = {"item_id": str(self.item), **{name.replace("__", ":"): text for name, text in typed.items()}}
        return self.client.post(f"/items/{self.no}/fill/{button}", data=data)

    def type(self, button: str, typed: dict[str, str]) -> TestResponse:
        """Press a button with fields whose names carry keys."""
        return self.client.post(f"/items/{self.no}/fill/{button}", data={"item_id": str(self.item), **typed})

    def upload(self, kind: str, *files: tuple[bytes, str], script: bool = False) -> TestResponse:
        """Choose files for the first requirement of a kind ("" for the other files)."""
        wanted = [str(one.id) for one in self.cast.requirements(self.no) if one.kind == kind]
        data = {
            "item_id": str(self.item),
            "requirement_id": wanted[0] if kind else "",
            "files": [(io.BytesIO(content), name) for content, name in files],
        }
        headers = {"Accept": "application/json"} if script else {}
        return self.client.post(f"/items/{self.no}/fill/upload", data=data, headers=headers)

    def evidence(self) -> list[Evidence]:
        """Give what lies there, oldest first."""
        query = select(Evidence).where(Evidence.contribution_id == self.contribution, Evidence.removed_at.is_(None))
        with self.cast.reading() as session:
            return list(session.scalars(query.order_by(Evidence.created_at, Evidence.file_name)))

    def draft(self) -> str:
        """Give the kept draft of the statement."""
        with self.cast.reading() as session:
            return session.get_one(Contribution, self.contribution).statement_draft

    def _contribution(self, department: str) -> object:
        query = select(Contribution.id).where(
            Contribution.assignment_id == self.cast.case(self.no).id,
            Contribution.department_id == self.cast.department(department),
        )
        with self.cast.reading() as session:
            return session.scalars(query).one()


@pytest.fixture
def streets(cast: Cast, signed_in: SignedIn) -> Desk:
    """钱立 of 甲科 collects photos of the streets: two, with time and place."""
    cast.assign(STREETS, ["甲科", "乙科"])
    return Desk(cast, signed_in("qian"), STREETS, "甲科")


def described(desk: Desk) -> dict[str, str]:
    """Give every caption field of the page with a text."""
    return {name: "和平路" if name.endswith("地点") else "3月2日" for name in fields(desk.show(), "caption:")}


def test_it_works(streets: Desk) -> None:
    page = words(streets.show())
    assert "还缺 1 项" in page
    assert "至少2张照片" in page
    answer = streets.upload("photo_min", (photo("navy"), "街口.jpg"), (photo("green"), "巷子.jpg"))
    assert answer.status_code == 303
    assert "还缺 1 项" in words(streets.show())  # the captions
    saved = streets.type("save", {**described(streets), "statement": "已整治"})
    assert saved.status_code == 303
    page = words(streets.show())
    assert "可以提交" in page
    answer = streets.send("submit", statement="已整治")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/inbox")
    with streets.cast.reading() as session:
        submission = session.scalars(select(Submission)).one()
    assert submission.statement == "已整治"
    assert sorted(one["name"] for one in submission.snapshot["evidence"]) == ["巷子.jpg", "街口.jpg"]
    assert streets.cast.verdict().intact


def test_the_bytes_are_kept_as_they_were_handed_in(streets: Desk) -> None:
    original = photo("navy")
    streets.upload("photo_min", (original, "街口.jpg"))
    (kept,) = streets.evidence()
    assert kept.file_sha256 == hashlib.sha256(original).hexdigest()
    assert streets.cast.facilities.vault.read(kept.file_sha256) == original
    with streets.client.get(f"/files/{kept.id}") as served:
        assert served.data == original


def test_the_day_of_the_event_comes_from_the_camera(streets: Desk) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"))
    (kept,) = streets.evidence()
    assert kept.event_date == date(2026, 3, 2)
    page = streets.show()
    assert list(fields(page, "event_date:").values()) == ["2026-03-02"]
    assert "摄于 2026-03-02 09:41" in words(page)


def test_a_camera_whose_clock_runs_ahead_dates_nothing(streets: Desk) -> None:
    streets.upload("photo_min", (photo("navy", "2199:01:01 00:00:00"), "街口.jpg"))
    assert streets.evidence()[0].event_date is None


def test_a_refused_file_is_named_and_the_others_are_kept(streets: Desk) -> None:
    answer = streets.upload(
        "photo_min", (photo("navy"), "街口.jpg"), (b"<html><script>alert(1)</script>", "巷子.jpg"), (photo("green"), "路.jpg")
    )
    assert answer.status_code == 422
    assert "巷子.jpg" in words(answer)
    assert [one.file_name for one in streets.evidence()] == ["街口.jpg", "路.jpg"]


def test_a_script_is_told_in_one_sentence(streets: Desk) -> None:
    arrived = streets.upload("photo_min", (photo("navy"), "街口.jpg"), script=True)
    assert (arrived.status_code, arrived.json) == (200, {"message": "已收到 1 个文件。"})
    again = streets.upload("photo_min", (photo("navy"), "又一张.jpg"), script=True)
    assert again.status_code == 422
    assert "街口.jpg" in again.json["message"]
    empty = streets.upload("photo_min", (b"", "空.jpg"), script=True)
    assert empty.status_code == 422
    assert "空.jpg" in empty.json["message"]


def test_choosing_nothing_is_said(streets: Desk) -> None:
    answer = streets.upload("photo_min")
    assert answer.status_code == 422
    assert "没有选择文件" in words(answer)


def test_more_than_the_limit_in_one_go_is_refused_with_the_limit(streets: Desk) -> None:
    answer = streets.client.post(
        f"/items/{STREETS}/fill/upload",
        data={"item_id": str(streets.item), "files": [(io.BytesIO(b"only announced"), "录像.mp4")]},
        headers={"Accept": "application/json"},
        environ_overrides={"CONTENT_LENGTH": "20900001"},
    )
    assert answer.status_code == 422
    assert "20 MB" in answer.json["message"]


def test_submitting_too_early_says_what_is_missing_and_keeps_everything(streets: Desk) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"))
    (place,) = (name for name in fields(streets.show(), "caption:") if name.endswith("地点"))
    answer = streets.type("submit", {place: "和平路 8 号", "statement": "只拍到一张"})
    assert answer.status_code == 422
    page = words(answer)
    assert "还缺 2 项" in page  # one photo more, and the time of this one
    assert page.index("还缺 2 项") < page.index("只拍到一张")
    assert fields(answer, place) == {place: "和平路 8 号"}
    assert streets.evidence()[0].caption == {"地点": "和平路 8 号"}
    assert streets.draft() == "只拍到一张"


def test_each_gap_leads_to_where_it_is_mended(streets: Desk) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"))
    page = streets.show().get_data(as_text=True)
    anchors = re.findall(r'<li><a href="#([^"]+)">', page)
    assert len(anchors) == 2
    for anchor in anchors:
        assert f'id="{anchor}"' in page
    assert anchors[1].startswith("caption-")


def test_a_saved_draft_is_there_tomorrow_and_traced_once(streets: Desk) -> None:
    streets.send("save", statement="第一句")
    streets.send("save", statement="第一句")
    assert "第一句" in words(streets.show())
    with streets.cast.reading() as session:
        actions = list(session.scalars(select(AuditEvent.action).where(AuditEvent.chain_id == f"case:{STREETS}")))
    assert actions.count("statement.drafted") == 1


def test_what_was_typed_survives_every_other_button(streets: Desk) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"), (photo("green"), "路.jpg"))
    kept, gone = streets.evidence()
    answer = streets.type("remove", {"evidence_id": str(gone.id), f"caption:{kept.id}:地点": "和平路", "statement": "说明"})
    assert answer.status_code == 303
    assert [one.caption for one in streets.evidence()] == [{"地点": "和平路"}]
    assert streets.draft() == "说明"


def test_a_date_that_is_none_is_named_beside_its_field(streets: Desk) -> None:
    streets.upload("photo_min", (photo("navy", None), "街口.jpg"))
    (kept,) = streets.evidence()
    name = f"event_date:{kept.id}"
    answer = streets.type("save", {name: "三月二日", "statement": "说明"})
    assert answer.status_code == 422
    assert "“三月二日”不是日期" in words(answer)
    assert fields(answer, name) == {name: "三月二日"}
    assert streets.draft() == "说明"


def test_a_text_too_long_for_the_dossier_is_refused_and_kept_on_the_page(streets: Desk) -> None:
    answer = streets.send("save", statement="长" * 5001)
    assert answer.status_code == 422
    assert "共 5001 字，最多 5000 字" in words(answer)
    assert "长" * 5001 in answer.get_data(as_text=True)
    assert streets.draft() == ""


def test_signs_no_column_takes_do_no_harm(streets: Desk) -> None:
    assert streets.send("save", statement="一\x00二\r\n三").status_code == 303
    assert streets.draft() == "一二\n三"


@pytest.fixture
def rates(cast: Cast, signed_in: SignedIn) -> Desk:
    """钱立 of 甲科 states a rate of at least 95 %."""
    data = RATES.encode()
    with cast.work("zhao") as unit:
        import_document(unit, campaign_named(unit, CAMPAIGN), "个性任务.txt", data, read_bytes("个性任务.txt", data))
    cast.assign("CJ-2026-0005", ["甲科"])
    return Desk(cast, signed_in("qian"), "CJ-2026-0005", "甲科")


def test_a_figure_is_stated_corrected_and_taken_back(rates: Desk) -> None:
    (name,) = fields(rates.show(), "answer:")
    assert rates.type("save", {name: "９６％"}).status_code == 303
    assert fields(rates.show(), name) == {name: "96"}
    assert "还缺 1 项" in words(rates.show())  # the report
    assert rates.type("save", {name: "80"}).status_code == 303
    assert "还缺 2 项" in words(rates.show())
    assert rates.type("save", {name: ""}).status_code == 303
    assert fields(rates.show(), name) == {name: ""}
    with rates.cast.reading() as session:
        query = select(AuditEvent.action).where(AuditEvent.chain_id == "case:CJ-2026-0005").order_by(AuditEvent.seq)
        assert list(session.scalars(query))[-3:] == ["figure.stated", "figure.stated", "figure.withdrawn"]


def test_what_is_no_number_is_named_beside_its_field_and_the_rest_kept(rates: Desk) -> None:
    (name,) = fields(rates.show(), "answer:")
    answer = rates.type("submit", {name: "九十六", "statement": "达标"})
    assert answer.status_code == 422
    assert "“九十六”不是数字" in words(answer)
    assert fields(answer, name) == {name: "九十六"}
    assert rates.draft() == "达标"


def test_an_excuse_needs_a_reason_and_can_be_taken_back(streets: Desk) -> None:
    wanted = next(str(one.id) for one in streets.cast.requirements(STREETS) if one.kind == "photo_min")
    refused = streets.type("waive", {"requirement_id": wanted, f"reason:{wanted}": " ", "statement": "说明"})
    assert refused.status_code == 422
    assert streets.draft() == "说明"
    assert streets.type("waive", {"requirement_id": wanted, f"reason:{wanted}": "道路封闭施工"}).status_code == 303
    page = words(streets.show())
    assert "道路封闭施工" in page
    assert "可以提交" in page
    assert streets.type("unwaive", {"requirement_id": wanted}).status_code == 303
    assert "道路封闭施工" not in words(streets.show())


def test_every_collector_of_the_department_may_work_on_what_nobody_has_claimed(streets: Desk, signed_in: SignedIn) -> None:
    streets.send("save", statement="钱立写的")
    colleague = Desk(streets.cast, signed_in("wei"), STREETS, "甲科")
    assert "钱立写的" in words(colleague.show())
    assert colleague.send("save", statement="卫东写的").status_code == 303
    assert streets.draft() == "卫东写的"


def test_what_a_colleague_has_claimed_is_left_to_them(streets: Desk, signed_in: SignedIn) -> None:
    from workflows.lifecycle.claims import claim

    with streets.cast.work("wei") as unit:
        claim(unit, streets.item)
    answer = streets.show()
    assert answer.status_code == 409
    assert streets.send("save", statement="说明").status_code == 409


@pytest.mark.parametrize(("login", "status"), [("sun", 403), ("zhao", 403), ("chu", 403), ("zheng", 404), ("li", 409)])
def test_nobody_else_gets_in(login: str, status: int, streets: Desk, signed_in: SignedIn) -> None:
    client = signed_in(login)
    assert client.get(f"/items/{STREETS}/fill?item={streets.item}").status_code == status
    answer = client.post(f"/items/{STREETS}/fill/save", data={"item_id": str(streets.item), "statement": "外人"})
    assert answer.status_code == status
    assert streets.draft() == ""


def test_files_of_another_department_cannot_be_touched(streets: Desk, signed_in: SignedIn) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"))
    (kept,) = streets.evidence()
    other = Desk(streets.cast, signed_in("li"), STREETS, "乙科")
    assert other.send("remove", evidence_id=str(kept.id)).status_code == 404
    other.type("save", {f"description:{kept.id}": "改写"})
    assert streets.evidence()[0].description == ""
    assert other.client.get(f"/files/{kept.id}").status_code == 404


def test_a_requirement_of_another_case_is_refused(cast: Cast, streets: Desk) -> None:
    foreign = str(cast.requirements(POSTERS)[0].id)
    data = {"item_id": str(streets.item), "requirement_id": foreign, "files": [(io.BytesIO(photo("navy")), "街口.jpg")]}
    assert streets.client.post(f"/items/{STREETS}/fill/upload", data=data).status_code == 404
    assert streets.send("waive", requirement_id="nonsense").status_code == 404
    assert streets.evidence() == []


def test_after_the_submission_the_page_says_so(streets: Desk) -> None:
    streets.cast.submit(STREETS, "甲科")
    assert streets.show().status_code == 409
    answer = streets.send("submit", statement="再来一次")
    assert answer.status_code == 409
    assert "再来一次" in answer.get_data(as_text=True)


def test_the_points_of_a_return_are_ticked_off(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    phrase = next(one.source_phrase for one in cast.requirements(STREETS) if one.kind == "photo_min")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    cast.decide(item.id, "sun", Verdict(Outcome.RETURN, "请看批注", (), (phrase, "盖章的文件")))
    desk = Desk(cast, signed_in("qian"), STREETS, "甲科")
    page = words(desk.show())
    assert "请看批注" in page
    assert "孙平" in page
    assert "退回意见还有 2 条尚未回应" in page
    assert page.count("尚未回应") == 3
    # The photos answer the first point; the words of the second are no requirement: any change answers it.
    desk.upload("photo_min", (photo("red"), "补拍.jpg"))
    assert "尚未回应" not in words(desk.show())


def test_the_statement_of_the_round_before_is_the_next_draft(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(POSTERS, ["丙科"])
    desk = Desk(cast, signed_in("zheng"), POSTERS, "丙科")
    for requirement in cast.requirements(POSTERS):
        cast.add_file(desk.item, "zheng", requirement, "说明")
    desk.send("submit", statement="第一次")
    cast.review(POSTERS, "丙科", Outcome.RETURN)
    again = Desk(cast, signed_in("zheng"), POSTERS, "丙科")
    page = words(again.show())
    assert "第一次" in page
    assert "第 2 次" in page


def test_one_person_of_two_departments_finds_both_parts(cast: Cast, signed_in: SignedIn) -> None:
    from models.people import Person, Role
    from workflows.people import set_roles

    with cast.work("chu") as unit:
        zheng = unit.session.scalars(select(Person).where(Person.login == "zheng")).one()
        set_roles(unit, zheng.id, [(Role.COLLECTOR, cast.department("丙科")), (Role.COLLECTOR, cast.department("甲科"))])
    cast.assign(VOLUNTEERS, ["甲科", "丙科"])
    client = signed_in("zheng")
    first = words(client.get(f"/items/{VOLUNTEERS}/fill"))
    assert "甲科" in first
    assert "您还负责本件的以下部门： 丙科" in first
    second = Desk(cast, client, VOLUNTEERS, "丙科")
    second.send("save", statement="丙科的说明")
    assert "丙科的说明" in words(second.show())
    assert "丙科的说明" not in words(client.get(f"/items/{VOLUNTEERS}/fill"))


def test_a_damaged_file_is_an_incident_not_evidence(streets: Desk, app: Flask) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"))
    (kept,) = streets.evidence()
    path = streets.cast.facilities.vault.path(kept.file_sha256)
    path.chmod(0o640)
    path.write_bytes(b"something else")
    with pytest.raises(Broken):
        streets.cast.facilities.vault.read(kept.file_sha256)
    assert streets.client.get(f"/files/{kept.id}").status_code == 409


def test_a_stored_file_is_remembered_once(streets: Desk, signed_in: SignedIn) -> None:
    streets.upload("photo_min", (photo("navy"), "街口.jpg"))
    other = Desk(streets.cast, signed_in("li"), STREETS, "乙科")
    assert other.upload("photo_min", (photo("navy"), "同一张.jpg")).status_code == 303
    with streets.cast.reading() as session:
        assert len(session.scalars(select(StoredFile)).all()) == 1
