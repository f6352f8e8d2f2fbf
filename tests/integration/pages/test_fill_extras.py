"""The finer entries of the collecting page: pages of a paper, links, a report written in place, words for many photos."""

from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from uuid import UUID

import pytest
from cast import STREETS, Cast
from docx import Document
from sqlalchemy import select
from visitor import Visitor

from engine.unit_of_work import SYSTEM, work
from models.breakdown import Requirement
from models.completeness import EvidenceLink
from models.evidence import Answer, Evidence
from workflows.evidence.written_reports import as_docx
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]


def asked(cast: Cast, kind: str, **more: object) -> UUID:
    """Let the rule of the case ask for something more."""
    with work(cast.sessions, SYSTEM) as unit:
        one = Requirement(
            rule_id=cast.case(STREETS).rule_id, position=90, kind=kind, value=None, unit=None, bound=None, per=None, fields=[],
            deadline=None, source_phrase=f"要求{kind}", scope="rule", created_at=datetime.now(UTC),
        )  # fmt: skip
        for name, value in more.items():
            setattr(one, name, value)
        unit.session.add(one)
        unit.session.flush()
        unit.record("tests", "tests.arranged", {})
        return one.id


@pytest.fixture
def item(cast: Cast) -> int:
    """Give the open step of 甲科."""
    cast.assign(STREETS, ["甲科"])
    return cast.item(STREETS, Step.COLLECT, "甲科").id


def evidence(cast: Cast) -> list[Evidence]:
    """Give everything handed in."""
    with cast.reading() as session:
        return list(session.scalars(select(Evidence).order_by(Evidence.created_at)))


def test_it_works_page_roles_and_the_paper_are_kept_with_the_draft(cast: Cast, signed_in: SignedIn, item: int) -> None:
    cast.gather(STREETS, "甲科")
    wanted = asked(cast, "scan", fields=["红头页", "盖章页"])
    with cast.reading() as session:
        requirement = session.get_one(Requirement, wanted)
    piece = cast.add_file(item, "qian", requirement, "红头.pdf")
    visitor = signed_in("qian")
    page = visitor.get(f"/items/{STREETS}/fill").get_data(as_text=True)
    assert "属于哪一页" in page
    assert "缺少红头页。" in page
    form = {
        "item_id": item, f"page_role:{piece}": "红头页", f"paper:{piece}:number": "示办[2026]3号", f"paper:{piece}:issuer": "示例市文明办",
        f"paper:{piece}:issued_on": "2026-03-02", f"paper:{piece}:title": "通知",
    }  # fmt: skip
    assert visitor.post(f"/items/{STREETS}/fill/save", data=form).status_code == 303
    page = visitor.get(f"/items/{STREETS}/fill").get_data(as_text=True)
    assert "示办〔2026〕3号" in page
    assert "缺少盖章页。" in page
    assert visitor.get("/papers/known?number=示办").get_json()["papers"][0]["issuer"] == "示例市文明办"
    assert visitor.get("/papers/known?number=").get_json() == {"papers": []}


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [("issued_on", "昨天", "昨天"), ("issuer", "示例市文明办", "请同时填写文号")],
)
def test_a_paper_that_cannot_be_read_waits_on_the_page(
    cast: Cast, signed_in: SignedIn, item: int, field: str, text: str, sentence: str
) -> None:
    wanted = asked(cast, "scan", fields=["红头页", "盖章页"])
    with cast.reading() as session:
        piece = cast.add_file(item, "qian", session.get_one(Requirement, wanted), "红头.pdf")
    answer = signed_in("qian").post(f"/items/{STREETS}/fill/save", data={"item_id": item, f"paper:{piece}:{field}": text})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)
    assert text in answer.get_data(as_text=True)


def test_a_rate_is_reckoned_from_two_numbers(cast: Cast, signed_in: SignedIn, item: int) -> None:
    wanted = asked(cast, "percent_min", value=95, bound="min", unit="%")
    visitor = signed_in("qian")
    half = visitor.post(f"/items/{STREETS}/fill/save", data={"item_id": item, f"part:{wanted}": "193"})
    assert half.status_code == 422
    assert "请同时填写分子和分母" in half.get_data(as_text=True)
    whole = {"item_id": item, f"part:{wanted}": "193", f"whole:{wanted}": "200"}
    assert visitor.post(f"/items/{STREETS}/fill/save", data=whole).status_code == 303
    with cast.reading() as session:
        (answer,) = session.scalars(select(Answer))
    assert (str(answer.value), str(answer.numerator), str(answer.denominator)) == ("96.500", "193.000", "200.000")
    assert visitor.post(f"/items/{STREETS}/fill/save", data={**whole, f"whole:{wanted}": "0"}).status_code == 422


def test_links_come_and_go_and_a_false_address_waits(cast: Cast, signed_in: SignedIn, item: int) -> None:
    wanted = asked(cast, "url")
    visitor, at = signed_in("qian"), f"/items/{STREETS}/fill/link"
    form = {"item_id": item, "requirement_id": wanted, f"link_url:{wanted}": "https://news.example.cn/1", f"link_title:{wanted}": "整治见成效"}
    assert visitor.post(at, data=form).status_code == 303
    page = visitor.get(f"/items/{STREETS}/fill").get_data(as_text=True)
    assert 'rel="noopener noreferrer nofollow"' in page
    assert "请为链接附上网页截图" in page
    false = visitor.post(at, data={**form, f"link_url:{wanted}": "javascript:alert(1)"})
    assert false.status_code == 422
    assert "不是可以打开的网址" in false.get_data(as_text=True)
    with cast.reading() as session:
        (link,) = session.scalars(select(EvidenceLink))
    assert visitor.post(f"{at}/remove", data={"item_id": item, "link_id": link.id}).status_code == 303
    assert visitor.post(f"{at}/remove", data={"item_id": item, "link_id": link.id}).status_code == 404
    assert visitor.post(f"{at}/remove", data={"item_id": item, "link_id": "x"}).status_code == 404


def test_a_report_written_on_the_page_becomes_a_word_document(cast: Cast, signed_in: SignedIn, item: int) -> None:
    wanted = asked(cast, "report_chars", value=500, bound="about", unit="字")
    visitor, at = signed_in("qian"), f"/items/{STREETS}/fill/report"
    answer = visitor.post(at, data={"item_id": item, "requirement_id": wanted, f"report:{wanted}": "建立机制。\n开展整治。"})
    assert answer.status_code == 303
    (piece,) = evidence(cast)
    assert (piece.requirement_id, piece.file_name.endswith(".docx")) == (wanted, True)
    empty = visitor.post(at, data={"item_id": item, "requirement_id": wanted, f"report:{wanted}": "  "})
    assert empty.status_code == 422
    assert "请先撰写正文" in empty.get_data(as_text=True)


def test_a_written_report_holds_its_title_and_paragraphs() -> None:
    document = Document(BytesIO(as_docx("情况说明", "第一段。\n\n 第二段。\x0b")))
    assert [one.text for one in document.paragraphs] == ["情况说明", "第一段。", "第二段。"]


def test_words_for_all_photos_fill_only_what_is_empty(cast: Cast, signed_in: SignedIn, item: int) -> None:
    photos = next(one for one in cast.requirements(STREETS) if one.kind == "photo_min")
    first, second = (cast.add_file(item, "qian", photos, name) for name in ("一.jpg", "二.jpg"))
    visitor = signed_in("qian")
    visitor.post(f"/items/{STREETS}/fill/save", data={"item_id": item, f"caption:{first}:地点": "和平路"})
    visitor.post(f"/items/{STREETS}/fill/save", data={"item_id": item, f"shared:{photos.id}:地点": "中山路", f"caption:{second}:地点": ""})
    captions = {one.id: one.caption.get("地点") for one in evidence(cast)}
    assert captions[first] == "和平路"
    assert captions[second] == "中山路"
