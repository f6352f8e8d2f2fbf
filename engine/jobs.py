"""Background work: a job is put into the queue by the very transaction that needs it.

The queue is procrastinate over the same PostgreSQL; this module is all the rest of the product sees of it,
so that it can be exchanged. Jobs are at-least-once: every one of them is safe to run twice.
"""

from typing import Any

import procrastinate
from sqlalchemy.orm import Session

_deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(open=False))


def defer(session: Session, name: str, arguments: dict[str, Any], lock: str | None = None) -> None:
    """Enqueue job `name` on the session's own connection: it exists exactly if the transaction commits.

    Two jobs of the same `lock` never run at the same time.
    """
    connection = session.connection().connection.driver_connection
    job = _deferring.configure_task(name, connection=connection, lock=lock)
    job.defer(**arguments)
