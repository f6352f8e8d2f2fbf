"""Several decisions at once (批量签批): signed one after another, each in its own transaction, each with its own answer.

What cannot be decided does not hold up the others; nothing is undone for it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.errors import Refused
from engine.unit_of_work import Clock, Sessions, utc_now
from workflows.facilities import Facilities
from workflows.lifecycle.decide import DecisionResult
from workflows.lifecycle.signed_decision import Decider, DecisionForm, KeyLocked, sign_and_decide

#: More than anybody reads before deciding; each takes about a third of a second.
MOST = 100


@dataclass(frozen=True)
class Answer:
    """What became of one form: the decision, or why there is none."""

    form: DecisionForm
    result: DecisionResult | None
    refusal: Refused | None


def decide_in_series(
    sessions: Sessions, facilities: Facilities, decider: Decider, forms: Sequence[DecisionForm], clock: Clock = utc_now
) -> Iterator[Answer]:
    """Sign and decide one form after the other, at most `MOST`; gives each answer as soon as it is there.

    Raises KeyLocked before anything is signed when the key cannot be used: then it is for none of them.
    """
    for number, form in enumerate(forms[:MOST]):
        try:
            yield Answer(form, sign_and_decide(sessions, facilities, decider, form, clock), None)
        except KeyLocked as locked:
            if number == 0:
                raise
            # Signed out, revoked or pulled out meanwhile: each of the rest says so itself.
            yield Answer(form, None, locked)
        except Refused as refusal:
            yield Answer(form, None, refusal)
