"""A step the diagram cannot follow: the person reads the sentence, the administrator finds the incident."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from cast import POSTERS, Cast
from moved_clock import Desk
from visitor import Visitor

from engine.errors import Problem, StepFailed
from engine.spiff import Execution
from workflows.lifecycle.words import Step


def test_the_person_reads_the_sentence_and_an_incident_is_left(
    cast: Cast, signed_in: Callable[[str], Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise StepFailed(Step.OFFICE_APPROVAL, Problem("no condition holds and no default flow is drawn"))

    client, item = signed_in("zhao"), cast.item(POSTERS, Step.ASSIGN)
    due = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    form = {"item_id": item.id, "due": due, f"role:{cast.department('丙科')}": "responsible"}
    monkeypatch.setattr(Execution, "complete", lost)
    answer = client.post(f"/assignments/{POSTERS}", data=form)
    assert answer.status_code == 409
    assert "流程图在 office_approval 处无法继续" in answer.get_data(as_text=True)
    found = Desk(cast.sessions).incident()
    assert (found.kind, found.subject, found.item_id) == ("step", "office_approval", item.id)
    assert cast.item(POSTERS, Step.ASSIGN).id == item.id
    assert cast.verdict().intact
