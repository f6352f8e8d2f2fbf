"""Personal data that was only needed for a time: erased when the time is over, while the log stays provable.

The Cybersecurity Law, article 21, asks for network logs to be kept for at least six months; addresses are kept for a year.
"""

from datetime import timedelta

from engine import commitments
from engine.unit_of_work import SYSTEM, Clock, Sessions, utc_now, work

CHAIN = "audit"
KEPT = timedelta(days=365)


def erase_old(sessions: Sessions, clock: Clock = utc_now) -> int:
    """Erase the addresses of sign-ins older than a year; how many they were. Nothing is recorded when there are none."""
    with work(sessions, SYSTEM, clock) as unit:
        count = commitments.erase(unit, unit.now - KEPT)
        if count:
            unit.record(CHAIN, "personal_data.erased", {"count": count})
    return count
