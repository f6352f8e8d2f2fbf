"""`juanzong incidents`: what failed is listed, tried again and settled from the command line."""

import pytest
from command import Juanzong
from moved_clock import Desk

from engine import incidents
from engine.errors import NotFound
from engine.incidents import Origin
from engine.jobs import Call
from engine.unit_of_work import Sessions


@pytest.fixture
def desk(sessions: Sessions) -> Desk:
    """Give a database in which a job and a timer have failed, the job for good."""
    there = Desk(sessions)
    job = Origin("job", "preview.make abc", call=Call("preview.make", {"sha256": "abc"}))
    for _ in range(incidents.MAX_ATTEMPTS):
        incidents.failed(sessions, job, NotFound("There is no file {sha256}.", sha256="abc"), there.clock)
    incidents.failed(sessions, Origin("timer", "late"), ValueError("broken"), there.clock)
    return there


def test_the_list_says_what_waits_for_a_person(in_database: Juanzong, desk: Desk) -> None:
    answer = in_database("incidents", "list", "--json")
    assert (answer.status, answer.err) == (1, "")
    timer, job = answer.json()["incidents"]
    assert (timer["kind"], timer["state"], timer["attempts"], timer["case"]) == ("timer", "retrying", 1, None)
    assert (timer["error"], timer["next_retry_at"]) == ("ValueError: broken", "2026-02-12T01:00:10+00:00")
    assert (job["state"], job["attempts"], job["error"]) == ("waiting", 8, "There is no file abc.")
    told = in_database("incidents", "list")
    assert "job of the system  preview.make abc" in told.out
    assert "tried 8 times, last 2026-02-12 09:00, waits for a person" in told.out
    assert "2 incidents" in told.out


def test_an_incident_is_tried_again_and_settled(in_database: Juanzong, desk: Desk) -> None:
    job, timer = (one.id for one in desk.incidents())
    again = in_database("incidents", "retry", job)
    assert (again.status, again.err) == (0, f"Incident {job} is tried again by the next worker.\n")
    assert desk.queued("preview.make") == [{"sha256": "abc"}]
    assert in_database("incidents", "resolve", timer, "--reason", "not needed").status == 0
    assert in_database("incidents", "list").status == 0
    everything = in_database("incidents", "list", "--all", "--json").json()["incidents"]
    assert {one["id"]: one["state"] for one in everything} == {job: "retrying", timer: "settled"}
    assert in_database("audit", "verify").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("retry", "987"), "There is no incident 987."),
        (("retry", "0"), "Wrong use"),
        (("retry", "x"), "Wrong use"),
        (("resolve", "987"), "Wrong use"),
        (("resolve", "987", "--reason", ""), "Give a reason"),
    ],
    ids=["unknown", "zero", "word", "no-reason", "empty-reason"],
)
def test_wrong_use_is_said(in_database: Juanzong, arguments: tuple[str, ...], words: str) -> None:
    answer = in_database("incidents", *arguments)
    assert (answer.status, answer.out) == (2, "")
    assert words in answer.err
