"""What the database does for the pages of an inbox with fifty thousand open steps, whichever list, order and filter.

Not how long it takes, which depends on the machine: which rows and pages it reads to show fifty steps. The
expected order of a list comes from one plain statement over the whole table.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from cast import Cast
from sqlalchemy import event, text
from visitor import SECRET_KEY, Visitor, site_of

from web.application import create_app

CROWD = 50_000
PAGE, WINDOW = 50, 1_000
LARGE = {"work_item", "process_instance", "assignment", "contribution", "rule"}

#: One case per step, so that every table is as large as that of the steps. Steps 1 to 30 000 wait for the office,
#: to 35 000 they are claimed by 赵敏, to 42 000 collected by 甲科, to 50 000 done by 赵敏. One in three came back.
_SAMPLE = """CREATE TEMP TABLE sample ON COMMIT DROP AS
    SELECT a.no, a.rule_id, i.version_id, a.campaign_id FROM assignment a
    JOIN process_instance i ON i.business_key = a.no ORDER BY a.no LIMIT 1"""
_RULES = """INSERT INTO rule SELECT (jsonb_populate_record(r, jsonb_build_object('id', md5('rule' || n)::uuid))).*
    FROM rule r, generate_series(1, :crowd) n WHERE r.id = (SELECT rule_id FROM sample)"""
_CASES = """INSERT INTO assignment (id, no, campaign_id, rule_id, title, state, created_at)
    SELECT md5('case' || n)::uuid, 'ZZ-' || lpad(n::text, 6, '0'), campaign_id, md5('rule' || n)::uuid,
    CASE WHEN n % 97 = 0 THEN '河道清洁' ELSE '街面秩序' END || n, 'collecting', now()
    FROM sample, generate_series(1, :crowd) n"""
_INSTANCES = """INSERT INTO process_instance (id, version_id, business_key, revision, state, state_sha256, started_at)
    SELECT md5('instance' || n)::uuid, version_id, 'ZZ-' || lpad(n::text, 6, '0'), 1, '', '', now()
    FROM sample, generate_series(1, :crowd) n"""
_PARTS = """INSERT INTO contribution (id, assignment_id, department_id, role, position, state, round)
    SELECT md5('part' || n)::uuid, md5('case' || n)::uuid, (:department)::uuid, 'responsible', 1,
    CASE WHEN n % 3 = 0 THEN 'returned' ELSE 'collecting' END, 0 FROM generate_series(30001, :crowd) n"""
_STEPS = """INSERT INTO work_item (instance_id, task_id, business_key, element, name, kind, candidate_group, scope, queue,
    due_at, created_at, precedence, closed_at, closed_by, outcome)
    SELECT md5('instance' || n)::uuid, n::text, 'ZZ-' || lpad(n::text, 6, '0'),
    CASE WHEN n > 35000 THEN 'collect' ELSE 'assign' END, '', 'user',
    CASE WHEN n > 35000 AND n <= 42000 THEN 'collector' ELSE 'creation_office' END,
    CASE WHEN n > 35000 THEN :department END,
    CASE WHEN n <= 30000 THEN 'creation_office' WHEN n > 35000 AND n <= 42000 THEN 'collector@' || :department
    ELSE 'person:' || :zhao END,
    CASE WHEN n % 50 > 0 THEN now() + (n * 7919 % 50000 - 10000) * interval '1 minute' END,
    now() - (n * 6007 % 50000) * interval '1 minute', CASE WHEN n % 3 = 0 THEN 0 ELSE 1 END,
    CASE WHEN n > 42000 THEN now() - (n * 5003 % 50000) * interval '1 minute' END,
    CASE WHEN n > 42000 THEN (:zhao)::uuid END, CASE WHEN n > 42000 THEN 'assigned' END
    FROM generate_series(1, :crowd) n ORDER BY n * 3571 % 50021"""
_FILLING = ("SET LOCAL session_replication_role = replica", _SAMPLE, _RULES, _CASES, _INSTANCES, _PARTS, _STEPS)
#: Order of a list as anybody would write it.
_ORDERS = {
    "due": "due_at NULLS LAST, id",
    "returned": "(precedence = 0) DESC, due_at NULLS LAST, id",
    "new": "created_at DESC, id DESC",
    "no": "business_key, id",
}
_LISTS = [(view, sort) for view in ("todo", "pool", "returned") for sort in _ORDERS] + [("done", "due")]


@pytest.fixture(scope="module")
def crowded(another_city: Callable[[], AbstractContextManager[Cast]]) -> Iterator[Cast]:
    """Give a city in which fifty thousand steps wait or are done. The tests look only."""
    with another_city() as city:
        values = {"crowd": CROWD, "zhao": str(city.actor("zhao").id), "department": str(city.department("甲科"))}
        with city.sessions.begin() as session:
            for statement in _FILLING:
                session.execute(text(statement), {key: one for key, one in values.items() if f":{key}" in statement})
        with city.sessions.kw["bind"].connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM (ANALYZE)"))
        yield city


@pytest.fixture(scope="module")
def browser(crowded: Cast, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Visitor]:
    """Give a browser of somebody, signed in once for the module."""
    app = create_app(site_of(crowded, Path(tmp_path_factory.mktemp("crowded"))), SECRET_KEY)
    app.test_client_class = Visitor
    entered: dict[str, Visitor] = {}

    def enter(login: str) -> Visitor:
        if login not in entered:
            client = app.test_client()
            assert isinstance(client, Visitor)
            entered[login] = client.enter(login)
        return entered[login]

    return enter


def shown(client: Visitor, address: str) -> list[int]:
    """Give the ids of the steps on a page."""
    answer = client.get(address)
    assert answer.status_code == 200
    return [int(one) for one in re.findall(r'hx-get="/inbox/(\d+)/preview', answer.get_data(as_text=True))]


def whole(cast: Cast, view: str, sort: str) -> list[int]:
    """Give every step of one of 赵敏's lists, in its order, by one plain statement."""
    zhao = cast.actor("zhao").id
    queues = {"todo": f"queue IN ('creation_office', 'person:{zhao}')", "pool": "queue = 'creation_office'"}
    if view == "done":
        where, order = f"closed_by = '{zhao}'", "closed_at DESC, id DESC"
    else:
        where, order = f"closed_at IS NULL AND {queues.get(view, queues['todo'])}", _ORDERS[sort]
    if view == "returned":
        where += " AND precedence = 0"
    with cast.reading() as session:
        return list(session.scalars(text(f"SELECT id FROM work_item WHERE {where} ORDER BY {order}")))


@contextmanager
def noted(cast: Cast) -> Iterator[list[tuple[str, Any]]]:
    """Note every statement sent to the database, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        seen.append((arguments[2], arguments[3]))

    engine = cast.sessions.kw["bind"]
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Give every node of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def examined(node: dict[str, Any]) -> float:
    """Give how many rows a scan has looked at, those it threw away included."""
    each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return float(each * node["Actual Loops"])


def complaints(cast: Cast, statements: list[tuple[str, Any]], most: int) -> list[str]:
    """Run the statements again under EXPLAIN; tell of scans of whole large tables and of reading more than `most` rows."""
    found = []
    with cast.sessions.kw["bind"].connect() as connection:
        for statement, parameters in statements:
            if not statement.lstrip().startswith("SELECT"):
                continue
            explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
            (plan,) = connection.exec_driver_sql(explain, parameters).scalar_one()
            bound = WINDOW if "count(*)" in statement else most
            found += [f"{one}\n{statement}\n{json.dumps(plan)}" for one in _too_much(plan["Plan"], bound)]
    return found


def _too_much(plan: dict[str, Any], bound: int) -> Iterator[str]:
    for node in nodes(plan):
        table = node.get("Relation Name")
        if node["Node Type"] == "Seq Scan" and table in LARGE:
            yield f"{table} is read from end to end"
        if table in LARGE and examined(node) > bound:
            yield f"{examined(node)} rows of {table} are looked at"
        # Entries of an index that are walked over count nowhere but here: a block holds some eighty of them.
        blocks = (node["Shared Hit Blocks"] + node["Shared Read Blocks"]) / max(node.get("Index Searches", 0), 1)
        if table == "work_item" and blocks > 2 * bound:
            yield f"{blocks} blocks of {table} and its indexes are read for one place in them"


@pytest.mark.parametrize(("view", "sort"), _LISTS, ids=["-".join(one) for one in _LISTS])
def test_any_page_of_any_list_reads_little_more_than_it_shows(
    crowded: Cast, browser: Callable[[str], Visitor], view: str, sort: str
) -> None:
    zhao, expected = browser("zhao"), whole(crowded, view, sort)
    deep = min(499 * PAGE, len(expected) // 2)
    address = f"/inbox?view={view}&sort={sort}"
    with noted(crowded) as statements:
        assert shown(zhao, address) == expected[:PAGE]
        assert shown(zhao, f"{address}&after={expected[deep - 1]}") == expected[deep : deep + PAGE]
        assert shown(zhao, f"{address}&before={expected[deep]}") == expected[deep - PAGE : deep]
    assert len(statements) > 20
    assert complaints(crowded, statements, PAGE + 1) == []


@pytest.mark.parametrize(("view", "sort"), _LISTS, ids=["-".join(one) for one in _LISTS])
def test_a_filter_reads_the_beginning_of_a_list_and_finds_a_number_anywhere(
    crowded: Cast, browser: Callable[[str], Visitor], view: str, sort: str
) -> None:
    zhao, expected = browser("zhao"), whole(crowded, view, sort)
    with crowded.reading() as session:
        query = "SELECT w.id, a.title, a.no FROM work_item w JOIN assignment a ON a.no = w.business_key"
        names = {row.id: row for row in session.execute(text(query))}
    wanted = [one for one in expected[:WINDOW] if "河道" in names[one].title][:PAGE]
    last, address = expected[-1], f"/inbox?view={view}&sort={sort}"
    with noted(crowded) as statements:
        assert shown(zhao, f"{address}&q=河道") == wanted
        assert shown(zhao, f"{address}&q={names[last].no.lower()}") == [last]
        assert shown(zhao, f"{address}&q=河道&after={wanted[2]}") == wanted[3:]
    assert complaints(crowded, statements, WINDOW) == []


@pytest.mark.parametrize("login", ["qian", "sun"])
def test_the_other_roles_read_little_too(crowded: Cast, browser: Callable[[str], Visitor], login: str) -> None:
    with noted(crowded) as statements:
        first = shown(browser(login), "/inbox")
    assert len(first) == {"qian": PAGE, "sun": 0}[login]
    assert complaints(crowded, statements, PAGE + 1) == []


def test_a_case_opened_from_a_long_list_knows_its_place_and_its_neighbours(
    crowded: Cast, browser: Callable[[str], Visitor]
) -> None:
    expected = whole(crowded, "todo", "due")
    with crowded.reading() as session:
        numbers = dict(session.execute(text("SELECT id, business_key FROM work_item")).all())
    with noted(crowded) as statements:
        for at, place in ((0, "1 / 999+"), (700, "701 / 999+"), (20_000, "999+ / 999+")):
            answer = browser("zhao").get(f"/items/{numbers[expected[at]]}?view=todo&sort=due&item={expected[at]}")
            page = answer.get_data(as_text=True)
            assert f'<span class="num">{place}</span>' in page
            assert f"/items/{numbers[expected[at + 1]]}?" in page
            assert at == 0 or f"/items/{numbers[expected[at - 1]]}?" in page
    assert complaints(crowded, statements, PAGE + 1) == []


def test_a_bad_plan_would_be_noticed(crowded: Cast) -> None:
    office = "SELECT id FROM work_item WHERE closed_at IS NULL AND queue = 'creation_office'"
    # Looks at no row in vain, but the condition on the precedence hides from the index where to begin.
    hidden = "precedence = 1 AND (precedence, due_sort, id) > (1, now() + interval '15 days', 0)"
    bad = [
        "SELECT id FROM work_item WHERE name <> '' LIMIT 10",
        f"{office} ORDER BY due_sort, id OFFSET 5000 LIMIT 50",
        f"{office} AND {hidden} ORDER BY due_sort, id LIMIT 50",
    ]
    assert [bool(complaints(crowded, [(statement, None)], PAGE + 1)) for statement in bad] == [True, True, True]
