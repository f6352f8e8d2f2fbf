"""The diagrams that come with the product, deployed at start; a changed one becomes the next version.

What the office has deployed in place of one of them stays: a start never takes that back.
"""

from importlib import resources

from engine import definitions
from engine.unit_of_work import SYSTEM, Clock, Sessions, utc_now, work

SHIPPED = ("evidence_lifecycle.bpmn",)


def deploy_shipped(sessions: Sessions, clock: Clock = utc_now) -> None:
    """Deploy the shipped diagrams that are not deployed yet. Safe to run at every start."""
    for name in SHIPPED:
        xml = (resources.files("bpmn") / name).read_bytes()
        with work(sessions, SYSTEM, clock) as unit:
            if not definitions.is_superseded(unit.session, xml):
                definitions.deploy(unit, xml, "shipped with the product")
