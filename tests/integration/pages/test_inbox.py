import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cast import DUTY, POSTERS, STREETS, VOLUNTEERS, Cast
from sqlalchemy import event, text, update
from visitor import Visitor

from engine.verbs.substitution import Period, substitute
from models.process import WorkItem
from workflows.lifecycle.decide import Outcome
from workflows.lifecycle.words import Step

SignedIn = Callable[[str], Visitor]


def page(client: Visitor, address: str = "/inbox") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def titles(shown: str) -> list[str]:
    """Give the titles of the rows in their order."""
    return re.findall(r'<span class="work-title">([^<]*)</span>', shown)


def opened(shown: str) -> list[int]:
    """Give the ids of the rows in their order."""
    return [int(one) for one in re.findall(r'hx-get="/inbox/(\d+)/preview', shown)]


def turned(shown: str, label: str) -> str:
    """Give where the link to the page before or after leads; empty when there is none."""
    navigation = re.search(r'<nav class="pagination".*?</nav>', shown, re.DOTALL)
    links = re.findall(r'<a class="btn small" href="([^"]+)">(.*?)</a>', navigation.group(0), re.DOTALL) if navigation else []
    return next((href.replace("&amp;", "&") for href, text in links if label in text), "")


def due_in(cast: Cast, no: str, days: int) -> None:
    """Move the due date of the open steps of a case; the table is worked on directly, no verb does this."""
    due_at = datetime.now(UTC) + timedelta(days=days)
    with cast.sessions.begin() as session:
        ids = [item.id for item in cast.items(no)]
        session.execute(update(WorkItem).where(WorkItem.id.in_(ids)).values(due_at=due_at))


def test_it_works_a_reviewer_finds_what_was_handed_in_and_may_decide_beside_the_list(
    cast: Cast, signed_in: SignedIn
) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    shown = page(signed_in("sun"))
    assert titles(shown) == [cast.case(STREETS).title]
    assert 'name="outcome" value="approve"' in shown
    assert "钱立" in shown
    assert "2/2" in shown


def test_who_stands_in_for_somebody_finds_their_work(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    now = datetime.now(UTC)
    period = Period(now - timedelta(days=1), now + timedelta(days=1))
    with cast.work("sun") as unit:
        substitute(unit, cast.actor("sun"), cast.actor("wu"), period, "外出开会")
    assert titles(page(signed_in("wu"))) == [cast.case(STREETS).title]
    assert titles(page(signed_in("wang"))) == []


def test_what_is_overdue_comes_first_then_the_nearest_due_date(cast: Cast, signed_in: SignedIn) -> None:
    for no in (STREETS, POSTERS, VOLUNTEERS):
        cast.to_office(no, ["甲科"])
    for no, days in ((STREETS, 9), (POSTERS, -2), (VOLUNTEERS, 3)):
        due_in(cast, no, days)
    zhao = signed_in("zhao")
    shown = page(zhao)
    expected = [cast.case(no).title for no in (POSTERS, VOLUNTEERS, STREETS, DUTY)]
    assert titles(shown) == expected
    assert '<b class="bad-text">1</b>' in shown
    assert titles(page(zhao, "/inbox?sort=no"))[0] == cast.case(STREETS).title


def test_a_collector_sees_first_what_came_back(cast: Cast, signed_in: SignedIn) -> None:
    for no in (STREETS, VOLUNTEERS):
        cast.assign(no, ["甲科"])
    cast.submit(VOLUNTEERS, "甲科")
    cast.review(VOLUNTEERS, "甲科", Outcome.RETURN)
    due_in(cast, STREETS, 1)
    qian = signed_in("qian")
    shown = page(qian)
    assert titles(shown) == [cast.case(no).title for no in (VOLUNTEERS, STREETS)]
    assert "退回待补" in shown
    assert titles(page(qian, "/inbox?view=returned")) == [cast.case(VOLUNTEERS).title]


def test_a_department_sees_its_own_steps_only(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.assign(POSTERS, ["丙科"])
    assert titles(page(signed_in("qian"))) == [cast.case(STREETS).title]
    assert titles(page(signed_in("zheng"))) == [cast.case(POSTERS).title]


def test_a_claimed_step_leaves_the_pool_of_the_others(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    item = cast.item(STREETS, Step.COLLECT, "甲科")
    qian = signed_in("qian")
    qian.post(f"/items/{STREETS}/claim", data={"item_id": item.id})
    assert titles(page(qian)) == [cast.case(STREETS).title]
    assert titles(page(qian, "/inbox?view=pool")) == []
    assert titles(page(signed_in("wei"), "/inbox?q=" + STREETS)) == []


def test_done_lists_what_somebody_did_newest_first(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.assign(POSTERS, ["丙科"])
    zhao = signed_in("zhao")
    shown = page(zhao, "/inbox?view=done")
    assert titles(shown) == [cast.case(no).title for no in (POSTERS, STREETS)]
    assert "今日已办 <b>2</b>" in shown
    assert 'value="approve"' not in shown


def test_a_word_filters_the_list_and_can_be_cleared(cast: Cast, signed_in: SignedIn) -> None:
    zhao = signed_in("zhao")
    assert titles(page(zhao, "/inbox?q=志愿")) == [cast.case(VOLUNTEERS).title]
    empty = page(zhao, "/inbox?q=没有这样的%25")
    assert titles(empty) == []
    assert "没有符合“没有这样的%”的任务" in empty
    assert "清除筛选" in empty


@pytest.mark.parametrize("login", ["sun", "qian", "feng", "chen", "chu"])
def test_an_empty_inbox_is_calm(signed_in: SignedIn, login: str) -> None:
    assert "暂无待办" in page(signed_in(login))


@pytest.mark.parametrize("sort", ["due", "returned", "new", "no"])
def test_a_long_list_is_turned_page_by_page(cast: Cast, signed_in: SignedIn, sort: str) -> None:
    _multiply(cast, STREETS, 60)
    zhao = signed_in("zhao")
    first = page(zhao, f"/inbox?sort={sort}")
    second = page(zhao, turned(first, "下一页"))
    assert len(opened(first)) == 50
    assert turned(first, "上一页") == ""
    assert len(opened(second)) == 4 + 60 - 50
    assert turned(second, "下一页") == ""
    assert not set(opened(first)) & set(opened(second))
    assert opened(page(zhao, turned(second, "上一页"))) == opened(first)


def test_a_page_goes_on_where_the_last_one_ended_whatever_was_done_between(cast: Cast, signed_in: SignedIn) -> None:
    _multiply(cast, STREETS, 60)
    zhao = signed_in("zhao")
    first = page(zhao)
    expected = opened(page(zhao, turned(first, "下一页")))
    with cast.sessions.begin() as session:
        closed = update(WorkItem).where(WorkItem.id.in_([opened(first)[0], opened(first)[-1]]))
        session.execute(closed.values(closed_at=datetime.now(UTC)))
    assert opened(page(zhao, turned(first, "下一页"))) == expected
    back = page(zhao, turned(page(zhao, turned(first, "下一页")), "上一页"))
    assert len(opened(back)) == 50  # the first page was no longer full, so it is filled again
    assert opened(back)[:48] == opened(first)[1:-1]


def test_a_row_opened_on_a_later_page_leaves_the_list_where_it_is(cast: Cast, signed_in: SignedIn) -> None:
    _multiply(cast, STREETS, 60)
    zhao = signed_in("zhao")
    second = page(zhao, turned(page(zhao), "下一页"))
    link = re.findall(r'<a href="(/inbox[^"]*sel=[^"]*)"', second)[3].replace("&amp;", "&")
    assert opened(page(zhao, link)) == opened(second)


def test_a_filter_says_when_it_looked_at_the_beginning_of_the_list_only(cast: Cast, signed_in: SignedIn) -> None:
    zhao = signed_in("zhao")
    sentence = "仅在此列表的前 1000 件中筛选"
    assert sentence not in page(zhao, "/inbox?q=志愿")
    _multiply(cast, STREETS, 1_000)
    due_in(cast, VOLUNTEERS, 400)
    due_in(cast, STREETS, 3)
    shown = page(zhao, "/inbox?q=志愿")
    assert titles(shown) == []
    assert sentence in shown
    assert titles(page(zhao, f"/inbox?q={VOLUNTEERS.lower()}")) == [cast.case(VOLUNTEERS).title]


def test_a_page_of_fifty_costs_as_many_statements_as_a_page_of_two(cast: Cast, signed_in: SignedIn) -> None:
    zhao = signed_in("zhao")
    assert len(titles(page(zhao, "/inbox?q=" + STREETS))) == 1
    few = _statements(cast, lambda: page(zhao))
    _multiply(cast, STREETS, 46)
    assert len(titles(page(zhao))) == 50
    assert _statements(cast, lambda: page(zhao)) == few


def test_the_preview_alone_is_for_those_whose_step_it_is(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    item = cast.item(STREETS, Step.DEPARTMENT_REVIEW, "甲科")
    address = f"/inbox/{item.id}/preview?view=todo&sort=due"
    alone = page(signed_in("sun"), address)
    assert alone.lstrip().startswith("<article")
    assert 'value="approve"' in alone
    for login in ("wu", "qian", "zhao"):
        assert signed_in(login).get(address).status_code == 404


@pytest.mark.parametrize("query", ["sel=x", "sel=99999999999999999999999", "after=0", "after=-4&before=x", "before=9999999", "view=x&sort=y", "q=%00"])
def test_a_strange_address_shows_the_list(signed_in: SignedIn, query: str) -> None:
    assert signed_in("zhao").get(f"/inbox?{query}").status_code == 200


def _multiply(cast: Cast, no: str, times: int) -> None:
    """Put more steps of a case into the pool: rows only, to fill a list."""
    item = cast.items(no)[0]
    with cast.sessions.begin() as session:
        session.execute(
            text(
                "INSERT INTO work_item (instance_id, business_key, task_id, element, name, kind, candidate_group, scope, queue, created_at)"
                " SELECT instance_id, business_key, task_id || '-' || n, element, name, kind, candidate_group, scope, queue, created_at"
                " FROM work_item, generate_series(1, :times) AS n WHERE id = :id"
            ),
            {"times": times, "id": item.id},
        )


def _statements(cast: Cast, act: Callable[[], object]) -> int:
    seen = []
    engine = cast.sessions.kw["bind"]

    def note(*arguments: object) -> None:
        seen.append(arguments[2])

    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


def test_a_case_opened_from_a_filtered_list_has_its_neighbours_there(cast: Cast, signed_in: SignedIn) -> None:
    item = cast.items(VOLUNTEERS)[0]
    shown = page(signed_in("zhao"), f"/items/{VOLUNTEERS}?view=todo&sort=no&q=CJ-2026&item={item.id}")
    assert '<span class="num">3 / 4</span>' in shown
    assert f"/items/{POSTERS}?" in shown
    assert f"/items/{DUTY}?" in shown
    alone = page(signed_in("zhao"), f"/items/{VOLUNTEERS}?view=todo&sort=no&q={STREETS}&item={item.id}")
    assert '<span class="num">' not in alone
