"""The answers people give in the lifecycle: the same forms and decisions for every engine. Standard library only."""

from dataclasses import dataclass
from typing import Any

APPROVE, RETURN = "approve", "return"

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a person fills in: `decision` moves the diagram, `form` is only kept."""

    decision: Json
    form: Json


@dataclass
class Scenario:
    """One case: how many departments, how many reviews and how many approvals still end in a return.

    The first `rejects` reviews send the evidence back, whichever departments they belong to.
    """

    departments: int
    rejects: int = 0
    returns: int = 0

    def __post_init__(self) -> None:
        self.human_steps = 2 + 2 * self.departments * (1 + self.returns) + 2 * self.rejects + self.returns

    def answer(self, element: str) -> Answer:
        """Answer one step; called once for each step, in the order they are done."""
        match element:
            case "assign":
                names = [f"department-{number}" for number in range(self.departments)]
                return Answer({"departments": names}, {"remark": "to be handed in with five photographs and a report"})
            case "collect":
                return Answer({"evidence_count": 3}, {"evidence_list": [_evidence(number) for number in range(3)]})
            case "department_review":
                comment = "checked against the checklist of the department; see remarks in the protocol " * 2
                self.rejects, outcome = _counted_down(self.rejects)
                return Answer({element: outcome}, {"comment": comment})
            case "office_approval":
                comment = "complete and consistent, filed under the given reference number " * 2
                self.returns, outcome = _counted_down(self.returns)
                return Answer({element: outcome}, {"office_comment": comment})
        message = f"the lifecycle has no step {element}"
        raise ValueError(message)


def _evidence(number: int) -> Json:
    return {
        "id": f"evidence-{number}",
        "name": f"evidence file {number}.pdf",
        "sha256": "ab" * 32,
        "size": 123_456 + number,
        "note": "measured on site, see the attached protocol and photos " * 2,
    }


def _counted_down(left: int) -> tuple[int, str]:
    return (left - 1, RETURN) if left > 0 else (0, APPROVE)
