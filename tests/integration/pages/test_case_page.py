import re
from collections.abc import Callable
from uuid import uuid4

import pytest
from cast import COLLECTORS, POSTERS, STREETS, Cast
from lxml import html
from sqlalchemy import select
from visitor import Visitor

from models.evidence import Evidence
from models.process import ProcessVersion
from workflows.evidence.drafts import remove
from workflows.lifecycle.collect import submit
from workflows.lifecycle.decide import Outcome, Verdict
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]
EVIDENCE = "//*[starts-with(@id, 'evidence-title')]"
ASSIGN = f"//a[@href='/assignments/{POSTERS}']"


def shown(client: Visitor, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def find(page: html.HtmlElement, path: str) -> list[html.HtmlElement]:
    """Find elements by XPath; `.name` stands for the elements of a class."""
    return page.xpath(re.sub(r"\.([a-z][a-z-]*)", r"*[contains(concat(' ', @class, ' '), ' \1 ')]", path))


def words(page: html.HtmlElement, path: str) -> str:
    return " ".join(" ".join(one.text_content().split()) for one in find(page, path))


def returned_once(cast: Cast) -> None:
    """Bring 街面秩序 of 甲科 to its second round: one photo taken out, one added."""
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    photos = next(one for one in cast.requirements(STREETS) if one.kind == "photo_min")
    review = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    cast.decide(review.id, "sun", Verdict(Outcome.RETURN, "照片太暗", (), (photos.source_phrase,)))
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    with cast.reading() as session:
        old = session.scalars(select(Evidence.id).where(Evidence.file_name == "1.jpg")).one()
    with cast.work(COLLECTORS["甲科"]) as unit:
        remove(unit, item.id, old)
    cast.add_file(item.id, COLLECTORS["甲科"], photos, "重拍")
    with cast.work(COLLECTORS["甲科"]) as unit:
        submit(unit, item.id, "已重拍")


def test_it_works_a_reviewer_reads_the_evidence_its_completeness_and_the_history(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    page = shown(signed_in("sun"), f"/items/{STREETS}")
    assert words(page, "//h1") == cast.case(STREETS).title
    assert words(page, "//.steps//*[@aria-current]/b") == "部门审核"
    assert len(find(page, "//.film/li")) == 2
    assert "已按要求完成" in words(page, "//.statement")
    assert "时间：2026年3月2日" in words(page, "//figcaption")
    assert "齐全" in words(page, "//.item-side")
    assert "提交审核 钱立" in words(page, "//.excerpt")


def test_the_second_round_shows_what_changed_and_whether_the_return_was_answered(cast: Cast, signed_in: SignedIn) -> None:
    returned_once(cast)
    page = shown(signed_in("sun"), f"/items/{STREETS}")
    table = words(page, "//*[@id='comparison']")
    assert "与第 1 次提交对比新增 1·删除 1·未变 1" in table
    assert "至少2张照片 已回应" in table
    assert words(page, "//.film//.badge") == "新增"


def test_a_return_that_was_not_answered_is_said_so(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    cast.review(STREETS, "甲科", Outcome.RETURN)
    with cast.work("qian") as unit:
        submit(unit, cast.item(STREETS, Step.COLLECT, "甲科").id, "没有改动")
    page = shown(signed_in("sun"), f"/items/{STREETS}")
    assert "没有改动 请补充" in words(page, "//*[@id='comparison']//tbody")
    assert "已回应" not in words(page, "//*[@id='comparison']")


def test_a_department_sees_its_own_part_only(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.submit(STREETS, "甲科")
    page = shown(signed_in("wu"), f"/items/{STREETS}")
    assert len(find(page, EVIDENCE)) == 1
    assert "钱立" not in page.text_content()
    assert words(page, "//.steps//*[@aria-current]/b") == "收集"
    both = shown(signed_in("zhao"), f"/items/{STREETS}")
    assert len(find(both, EVIDENCE)) == 2


def test_a_draft_is_shown_to_its_own_department_only(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.gather(STREETS, "甲科")
    assert len(find(shown(signed_in("sun"), f"/items/{STREETS}"), "//.film/li")) == 2
    office = shown(signed_in("zhao"), f"/items/{STREETS}")
    assert find(office, "//.film/li") == []
    assert "至少2张照片" in words(office, "//.item-main"), "what is asked for is shown all the same"


@pytest.mark.parametrize("login", ["zheng", "chu"])
def test_a_case_of_others_is_not_there(cast: Cast, signed_in: SignedIn, login: str) -> None:
    cast.assign(STREETS, ["甲科"])
    assert signed_in(login).get(f"/items/{STREETS}").status_code == 404


@pytest.mark.parametrize("no", ["CJ-2026-9999", "%00", "x" * 500])
def test_an_unknown_case_is_said_to_be_unknown(signed_in: SignedIn, no: str) -> None:
    assert signed_in("zhao").get(f"/items/{no}").status_code == 404


def test_leaders_and_auditors_look_and_decide_nothing(cast: Cast, signed_in: SignedIn) -> None:
    cast.to_office(STREETS, ["甲科"])
    for login in ("chen", "feng"):
        page = shown(signed_in(login), f"/items/{STREETS}")
        assert len(find(page, "//.film/li")) == 2
        assert find(page, "//form[@data-decision]") == []
        assert find(page, "//form[contains(@action, 'claim')]") == []


def test_the_ways_on_are_those_of_the_reader(cast: Cast, signed_in: SignedIn) -> None:
    zhao = signed_in("zhao")
    assert find(shown(zhao, f"/items/{POSTERS}"), ASSIGN)
    cast.assign(POSTERS, ["丙科"])
    assert not find(shown(zhao, f"/items/{POSTERS}"), ASSIGN)
    assert find(shown(signed_in("zheng"), f"/items/{POSTERS}"), f"//a[starts-with(@href, '/items/{POSTERS}/fill')]")


def test_the_diagram_is_marked_drawn_from_the_sealed_bytes_and_told_in_words(cast: Cast, signed_in: SignedIn) -> None:
    returned_once(cast)
    sun = signed_in("sun")
    page = shown(sun, f"/items/{STREETS}")
    drawing = find(page, "//*[@id='diagram']")[0]
    assert {"start", "assign", "collect"} <= set(drawing.get("data-done").split())
    assert drawing.get("data-now") == "department_review"
    assert drawing.get("data-returned") == "return_to_collector"
    assert "部门审核：部门负责人核对佐证" in words(page, "//.words//b")
    answer = sun.get(drawing.get("data-xml"))
    with cast.reading() as session:
        sealed = session.scalars(select(ProcessVersion.xml)).one()
    assert (answer.mimetype, answer.data) == ("application/xml", sealed)


def test_a_diagram_is_for_people_who_are_signed_in(cast: Cast, signed_in: SignedIn, app: object) -> None:
    assert signed_in("sun").get(f"/diagrams/{uuid4()}.bpmn").status_code == 404
    with cast.reading() as session:
        version = session.scalars(select(ProcessVersion.id)).one()
    anybody = app.test_client()  # type: ignore[attr-defined]
    assert anybody.get(f"/diagrams/{version}.bpmn").status_code == 303
