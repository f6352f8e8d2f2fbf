"""External steps (外部环节): what a worker does on a topic. A job of the product completes one as any item, or fails it.

A failure the diagram knows is no incident: it goes the way of the error that is drawn. Everything else a job raises
is rolled back and tried again (`engine.incidents`).
"""

from engine import process, spiff
from engine.catalogue import N_
from engine.errors import Invalid
from engine.process import Step
from engine.unit_of_work import UnitOfWork
from engine.work_items import OpenItem

#: What is written on an item that ended with an error of the diagram.
FAILED = "failed"


def fail(unit: UnitOfWork, item: OpenItem, code: str) -> Step:
    """Let a taken external step end with an error of the diagram; the nearest border event that catches it goes on.

    Raises Invalid for a step of a person, StepFailed when the error is caught nowhere.
    """
    if item.kind != spiff.EXTERNAL:
        raise Invalid(N_("Only a step of the system ends with an error of the diagram."))
    return process.advance(
        unit, item.instance_id, lambda execution: execution.fail(item.task_id, code, unit.now), note=FAILED
    )
