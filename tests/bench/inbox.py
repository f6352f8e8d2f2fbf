"""The inbox with a million open items: the first page and page 500, as the pages read them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import psycopg
from measuring import percentile, say
from psycopg import Cursor
from scenario import Json
from sqlalchemy import text

from engine.unit_of_work import Actor, Sessions, reading
from engine.work_items import queue_of, queue_of_person
from models.database import connect, session_factory, upgrade
from web.inbox_scans import Side
from web.work_lists import BY_DUE, PAGE, TODO, ListState, listed

ITEMS = 1_000_000
_ITEMS_A_CASE, _DEPARTMENTS, _PEOPLE = 100, 200, 5_000
_LATE_PAGE = 500
_REQUESTS = 300
_LIST = ListState(TODO, BY_DUE, "")
_BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class _Settings:
    sessions: Sessions
    random: Random


def measured(place: Json) -> Json:
    """Fill a database of its own and read pages; give percentiles in milliseconds."""
    url = f"postgresql+psycopg://{place['user']}@/{place['dbname']}?host={place['host']}&port={place['port']}"
    engine = connect(url)
    upgrade(engine)
    say(f"loading {ITEMS} open items")
    with psycopg.connect(**place) as connection:
        _load(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE work_item"))
    settings = _Settings(session_factory(engine), Random(1))
    say("reading pages")
    answer = {
        "items": ITEMS,
        "first_page_of_a_department": _timed(settings, _first_page),
        "page_500_of_the_office": _timed(settings, _late_page(settings)),
    }
    engine.dispose()
    return answer


def _first_page(settings: _Settings) -> float:
    department = f"department-{settings.random.randrange(_DEPARTMENTS)}"
    person = UUID(int=settings.random.randrange(_PEOPLE))
    return _read(settings, Actor(person, "bench", frozenset({("department", department)})), None)


def _late_page(settings: _Settings) -> Callable[[_Settings], float]:
    office = Actor(UUID(int=1), "bench", frozenset({("office", None)}))
    last = _last_before(settings, office, _LATE_PAGE)
    return lambda again: _read(again, office, (Side.AFTER, last))


def _read(settings: _Settings, actor: Actor, beside: tuple[Side, int] | None) -> float:
    at = time.perf_counter()
    with reading(settings.sessions) as session:
        page = listed(session, actor, _LIST, beside)
    taken = time.perf_counter() - at
    if len(page.ids) != PAGE:
        message = f"a page held {len(page.ids)} steps"
        raise AssertionError(message)
    return 1000 * taken


def _last_before(settings: _Settings, actor: Actor, number: int) -> int:
    """Walk to the page before page `number` and give its last step."""
    with reading(settings.sessions) as session:
        page = listed(session, actor, _LIST)
        for _ in range(number - 2):
            page = listed(session, actor, _LIST, (Side.AFTER, page.ids[-1]))
    return page.ids[-1]


def _timed(settings: _Settings, read: Callable[[_Settings], float]) -> Json:
    read(settings)
    times = sorted(read(settings) for _ in range(_REQUESTS))
    return {f"p{percent}_ms": percentile(times, percent) for percent in (50, 95, 99)}


def _load(connection: psycopg.Connection) -> None:
    # Keys are right by construction; checking a million of them is not what is measured.
    connection.execute("SET session_replication_role = replica")
    columns = "id, version_id, business_key, revision, state, state_sha256, started_at"
    with connection.cursor().copy(f"COPY process_instance ({columns}) FROM STDIN") as copy:
        for case in range(ITEMS // _ITEMS_A_CASE):
            copy.write_row((UUID(int=case), UUID(int=0), _key(case), 1, b"", "", _BEGINNING))
    _load_items(connection.cursor())


def _load_items(cursor: Cursor) -> None:
    random = Random(0)
    columns = (
        "instance_id, business_key, task_id, element, name, kind, candidate_group, scope, queue,"
        " assignee_id, due_at, created_at"
    )
    with cursor.copy(f"COPY work_item ({columns}) FROM STDIN") as copy:
        for number in range(ITEMS):
            group, scope = ("office", None) if number % 4 == 0 else ("department", f"department-{random.randrange(_DEPARTMENTS)}")
            person = UUID(int=random.randrange(_PEOPLE)) if number % 10 == 1 else None
            queue = queue_of_person(person) if person is not None else queue_of(group, scope)
            due = _BEGINNING + timedelta(minutes=random.randrange(500_000)) if number % 20 else None
            case = number // _ITEMS_A_CASE
            task = str(number % _ITEMS_A_CASE)
            copy.write_row((UUID(int=case), _key(case), task, "collect", "收集", "user", group, scope, queue, person, due, _BEGINNING))


def _key(case: int) -> str:
    return f"2026-{case:05}"
