"""Deployment: versions are sealed, bound to what they call, and kept only when they can run."""

from collections.abc import Callable
from importlib import resources

import pytest
from diagrams import chain, element, ends, flow, process as drawn, user
from sqlalchemy import select

from engine import audit, definitions, process
from engine.audit import CASE
from engine.errors import Invalid, NotFound
from engine.unit_of_work import SYSTEM, Sessions, reading, work
from models.process import ProcessVersion
from workflows.lifecycle.deployment import SHIPPED, deploy_shipped


def asking(step: str = "ask", key: str = "child") -> bytes:
    """Draw a process of one step."""
    asked = element("userTask", step, camunda__candidateGroups="office")
    return drawn(ends("begin", "over"), asked, chain("begin", step, "over"), key=key)


CALLING = drawn(ends(), element("callActivity", "call", calledElement="child"), chain("start", "call", "end"), key="caller")


@pytest.fixture
def deploy(sessions: Sessions) -> Callable[..., tuple[ProcessVersion, ...]]:
    """Give what deploys a file in a transaction of its own."""

    def deployed(source: bytes, reason: str = "test") -> tuple[ProcessVersion, ...]:
        with work(sessions, SYSTEM) as unit:
            return definitions.deploy(unit, source, reason)

    return deployed


Deploy = Callable[..., tuple[ProcessVersion, ...]]


def steps_of(sessions: Sessions, version: ProcessVersion, key: str = "T-1") -> list[str]:
    """Start an instance of a version and give the steps it opens."""
    with work(sessions, SYSTEM) as unit:
        step = process.start(unit, version, key, {})
        unit.record(CASE + key, "case.opened", {}, step.change)
        return [item.element for item in step.opened]


def kept(sessions: Sessions) -> list[tuple[str, int]]:
    """Give every version there is."""
    with reading(sessions) as session:
        found = session.execute(select(ProcessVersion.key, ProcessVersion.version).order_by("key", "version"))
        return [(key, version) for key, version in found]


def test_the_same_file_twice_is_one_version_and_a_changed_one_the_next(sessions: Sessions, deploy: Deploy) -> None:
    (first,) = deploy(asking())
    (again,) = deploy(asking(), "again")
    (second,) = deploy(asking("answer"), "better words")
    assert (first.id, first.version, second.version) == (again.id, 1, 2)
    with reading(sessions) as session:
        assert definitions.latest(session, "child").id == second.id
        events = audit.trail(session, "process:child")
    assert [one.action for one in events] == ["process_definition.deployed"] * 2


def test_a_file_of_before_deployed_again_is_the_newest_version(deploy: Deploy) -> None:
    numbers = [deploy(source)[0].version for source in (asking(), asking("answer"), asking(), asking())]
    assert numbers == [1, 2, 3, 3]


def test_what_was_given_is_kept_beside_what_runs_and_what_was_rewritten(sessions: Sessions, deploy: Deploy) -> None:
    source = asking().replace(b'isExecutable="true"', b'isExecutable="false"')
    deploy(source, " because ")
    with reading(sessions) as session:
        version = definitions.latest(session, "child")
        assert (version.source, version.reason) == (source, "because")
        assert b'isExecutable="true"' in version.xml
        assert [(one["code"], one["severity"], one["element"], one["line"]) for one in version.report] == [
            ("not-executable", "rewritten", "child", 1)
        ]


def test_every_process_of_a_file_becomes_a_version(sessions: Sessions, deploy: Deploy) -> None:
    both = CALLING.replace(b"</definitions>", b"<process" + asking().partition(b"<process")[2])
    versions = deploy(both)
    assert [(one.key, one.version, one.calls) for one in versions] == [("caller", 1, {}), ("child", 1, {})]
    assert steps_of(sessions, versions[0]) == ["ask"]


def test_a_call_is_bound_when_its_diagram_is_deployed(sessions: Sessions, deploy: Deploy) -> None:
    (child,) = deploy(asking("ask"))
    (caller,) = deploy(CALLING)
    assert caller.calls == {"child": str(child.id)}
    (changed,) = deploy(asking("answer"))
    assert steps_of(sessions, caller) == ["ask"]
    (bound_anew,) = deploy(CALLING)
    assert (bound_anew.version, bound_anew.calls) == (2, {"child": str(changed.id)})
    assert steps_of(sessions, bound_anew, "T-2") == ["answer"]
    assert deploy(CALLING)[0].id == bound_anew.id


def test_what_is_called_calls_in_turn_and_the_nearest_version_counts(sessions: Sessions, deploy: Deploy) -> None:
    deploy(asking("old"))
    deploy(CALLING)
    deploy(asking("new"))
    nearest = drawn(
        ends(), element("callActivity", "first", calledElement="child"), element("callActivity", "then", calledElement="caller"),
        chain("start", "first", "then", "end"), key="outer",
    )  # fmt: skip
    far = drawn(ends(), element("callActivity", "call", calledElement="caller"), chain("start", "call", "end"), key="far")
    assert steps_of(sessions, deploy(far)[0], "T-1") == ["old"]
    assert steps_of(sessions, deploy(nearest)[0], "T-2") == ["new"]


def test_who_calls_a_process_that_is_not_deployed_gets_a_step_for_a_person(sessions: Sessions, deploy: Deploy) -> None:
    (caller,) = deploy(CALLING)
    assert ([one["code"] for one in caller.report], caller.calls) == (["call-unresolved", "no-performer"], {})
    assert steps_of(sessions, caller) == ["call"]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param(drawn(ends(), element("scriptTask", "s"), chain("start", "s", "end")), "element s, line 1: script-task", id="code"),
        pytest.param(b"nothing", "not-xml", id="text"),
        pytest.param(drawn(ends(), user("a"), chain("start", "a"), flow("a", "nowhere")), "element a-nowhere, line 1", id="dangling"),
    ],
)
def test_a_file_that_cannot_run_is_refused_and_not_kept(sessions: Sessions, deploy: Deploy, source: bytes, words: str) -> None:
    with pytest.raises(definitions.Undeployable) as refused:
        deploy(source)
    assert words in str(refused.value)
    assert not refused.value.report.deployable
    assert kept(sessions) == []


def test_a_file_with_one_bad_process_is_not_half_deployed(sessions: Sessions, deploy: Deploy) -> None:
    bad = b'<process id="other" isExecutable="true"><scriptTask id="s"/></process></definitions>'
    with pytest.raises(Invalid, match="script-task"):
        deploy(asking().replace(b"</definitions>", bad))
    assert kept(sessions) == []


@pytest.mark.parametrize("reason", ["", "  \n"], ids=["none", "blank"])
def test_nothing_is_deployed_without_a_reason(sessions: Sessions, deploy: Deploy, reason: str) -> None:
    with pytest.raises(Invalid, match="Say why"):
        deploy(asking(), reason)
    assert kept(sessions) == []


def test_a_process_or_version_nobody_deployed_is_not_found(sessions: Sessions, deploy: Deploy) -> None:
    deploy(asking())
    with reading(sessions) as session:
        with pytest.raises(NotFound, match="No process gone"):
            definitions.latest(session, "gone")
        with pytest.raises(NotFound, match="No process gone"):
            definitions.versions(session, "gone")
        with pytest.raises(NotFound, match="no version 7 of child; the newest is 1"):
            definitions.numbered(session, "child", 7)


def test_versions_are_listed_with_what_runs_on_them(sessions: Sessions, deploy: Deploy) -> None:
    (first,) = deploy(asking())
    deploy(asking("answer"))
    deploy(asking(key="another"))
    steps_of(sessions, first)
    with reading(sessions) as session:
        listed = [(one.key, one.version, running) for one, running in definitions.versions(session)]
        assert listed == [("another", 1, 0), ("child", 2, 0), ("child", 1, 1)]
        assert [one.version for one, _ in definitions.versions(session, "child")] == [2, 1]


def test_a_start_of_the_product_does_not_take_back_what_the_office_deployed(sessions: Sessions, deploy: Deploy) -> None:
    deploy_shipped(sessions)
    ((key, _),) = kept(sessions)
    shipped = (resources.files("bpmn") / SHIPPED[0]).read_bytes()
    deploy(shipped.replace(b"</bpmn:definitions>", b"<!-- ours --></bpmn:definitions>"))
    deploy_shipped(sessions)
    assert kept(sessions) == [(key, 1), (key, 2)]
    deploy(shipped)
    deploy_shipped(sessions)
    assert kept(sessions) == [(key, 1), (key, 2), (key, 3)]
