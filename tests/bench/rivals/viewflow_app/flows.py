"""The lifecycle as viewflow classes. Its open-source split has a fixed number of branches: one class for each number."""

from datetime import timedelta
from functools import cache
from typing import Any

from viewflow import this
from viewflow.workflow import flow, lock


def __getattr__(name: str) -> type[flow.Flow]:
    """Give `Lifecycle3` and its like: viewflow finds the class of a stored case by its name in this module."""
    if not name.removeprefix("Lifecycle").isdigit():
        raise AttributeError(name)
    return lifecycle(int(name.removeprefix("Lifecycle")))


@cache
def lifecycle(departments: int) -> type[flow.Flow]:
    """Make the class for so many departments."""
    split = flow.Split()
    for number in range(departments):
        split = split.Next(getattr(this, f"collect{number}"))
    body: dict[str, Any] = {
        "__module__": __name__,
        "lock_impl": lock.select_for_update_lock,
        "start": flow.StartHandle().Next(this.assign),
        "assign": _person().Next(this.split),
        "split": split,
        "join": flow.Join().Next(this.office_approval),
        "office_approval": _person().Next(this.approval_outcome),
        "approval_outcome": flow.If(lambda activation: activation.process.data["office_approval"] == "approve")
        .Then(this.archive)
        .Else(this.split),
        "archive": flow.Function(_nothing).Next(this.archived),
        "archived": flow.End(),
    }
    for number in range(departments):
        body |= _department(number)
    made: type[flow.Flow] = type(f"Lifecycle{departments}", (flow.Flow,), body)
    return made


def _department(number: int) -> dict[str, Any]:
    def here(name: str) -> Any:
        return getattr(this, f"{name}{number}")

    return {
        f"collect{number}": _person().OnTimeout(timedelta(days=7), here("remind"), interrupting=False).Next(here("evidence")),
        f"remind{number}": flow.Function(_nothing).Next(here("reminded")),
        f"reminded{number}": flow.Function(_nothing).Next(this.join),
        f"evidence{number}": flow.If(lambda activation: activation.process.data[f"evidence_count{number}"] > 0)
        .Then(here("department_review"))
        .Else(here("collect")),
        f"department_review{number}": _person().Next(here("review_outcome")),
        f"review_outcome{number}": flow.If(
            lambda activation: activation.process.data[f"department_review{number}"] == "approve"
        )
        .Then(this.join)
        .Else(here("collect")),
    }


def _person() -> flow.View:
    return flow.View(None).Assign(username="bench")


def _nothing(activation: object) -> None:
    del activation
