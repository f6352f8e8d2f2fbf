"""Background work: a job is put into the queue by the very transaction that needs it.

The queue is procrastinate over the same PostgreSQL; this module is all the rest of the product sees of it,
so that it can be exchanged. Jobs are at-least-once: every one of them is safe to run twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import procrastinate
from procrastinate import schema
from sqlalchemy import Engine, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

#: After so many seconds the queue itself does a job again whose failure could not even be written down.
UNRECORDED_PAUSE = 30
#: A worker that has not been heard of for so many seconds is dead; its jobs are done by another.
STALLED_AFTER = 20
_LOCK = 0x4A4F4253  # one installation of the queue's tables at a time

_deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


@dataclass(frozen=True)
class Job:
    """A kind of background work: its name in the queue, what it does with its arguments, and when by itself.

    `cron` (minute hour day month weekday and, if wanted, second; UTC): the job is also started by the clock, then
    without arguments. `lock` is the template of its lock, filled with its arguments (`sheet:{submission_id}`).
    """

    name: str
    run: Callable[..., None]
    cron: str | None = None
    lock: str | None = None


@dataclass(frozen=True)
class Call:
    """One job as it stands in the queue: the name of its kind, its arguments, its lock."""

    name: str
    arguments: Mapping[str, Any]
    lock: str | None = None


def defer(session: Session, name: str, arguments: dict[str, Any], lock: str | None = None) -> None:
    """Enqueue job `name` on the session's own connection: it exists exactly if the transaction commits.

    Two jobs of the same `lock` never run at the same time.
    """
    connection = session.connection().connection.driver_connection
    _deferring.configure_task(name, connection=connection, lock=lock).defer(**arguments)


def defer_unless_waiting(session: Session, name: str, arguments: dict[str, Any], lock: str | None = None) -> bool:
    """Enqueue job `name` as `defer` does, unless the same job waits or is being done already; say whether it was."""
    query = "SELECT 1 FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND task_name = :name AND args = :about LIMIT 1"
    about = bindparam("about", arguments, JSONB)
    if session.execute(text(query).bindparams(about), {"name": name}).first() is not None:
        return False
    defer(session, name, arguments, lock)
    return True


def withdraw(session: Session, name: str, item_id: int) -> None:
    """Take a job about a work item out of the queue again unless a worker has begun it."""
    query = "DELETE FROM procrastinate_jobs WHERE status = 'todo' AND task_name = :name AND args @> :about"
    about = bindparam("about", {"item_id": item_id}, JSONB)
    session.execute(text(query).bindparams(about), {"name": name})


def take_failed(session: Session) -> list[Call]:
    """Take the jobs out of the queue that no worker knows how to do; what they were."""
    # Two that look at once must not wait for each other crosswise: each leaves the other what it holds.
    failed = "SELECT id FROM procrastinate_jobs WHERE status = 'failed' ORDER BY id FOR UPDATE SKIP LOCKED"
    query = f"DELETE FROM procrastinate_jobs WHERE id IN ({failed}) RETURNING task_name, args, lock"  # noqa: S608 - a constant
    return [Call(name, arguments, lock) for name, arguments, lock in session.execute(text(query))]


def install_schema(engine: Engine) -> None:
    """Create the tables of the queue if they are not there."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if connection.scalar(text("SELECT to_regclass('procrastinate_jobs')")) is None:
            driver = connection.connection.driver_connection
            if driver is None:
                message = "the connection to the database is closed"
                raise RuntimeError(message)
            # Through the driver: the schema holds % signs that are no placeholders.
            driver.execute(schema.SchemaManager.get_schema())


def run_worker(database_url: str, jobs: Sequence[Job]) -> None:
    """Do background work until told to stop (SIGTERM, SIGINT); a job under way is finished first."""
    app = worker_app(database_url, jobs)
    app.run_worker(name="juanzong", delete_jobs="successful", update_heartbeat_interval=5, stalled_worker_timeout=STALLED_AFTER)


def run_waiting(database_url: str, jobs: Sequence[Job]) -> None:
    """Do the work that waits now, then return: for tests and for filling the demonstration."""
    app = worker_app(database_url, jobs)
    app.run_worker(name="once", wait=False, install_signal_handlers=False, delete_jobs="successful")


def give_back(database_url: str, silent_for: float) -> None:
    """Give the jobs of workers that have been silent for so many seconds back to the queue, now."""
    app = worker_app(database_url, [])

    async def once() -> None:
        async with app.open_async():
            await _given_back(app, silent_for)

    asyncio.run(once())


def worker_app(database_url: str, jobs: Sequence[Job]) -> procrastinate.App:
    """Make the application a worker process runs: every kind of job.

    The queue does nothing about a failure: `engine.incidents` writes it down and asks for the job again. Only what
    could not be written down comes back to the queue by itself.
    """
    conninfo = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=conninfo))
    retry = procrastinate.RetryStrategy(wait=UNRECORDED_PAUSE)
    for job in jobs:
        if job.cron is None:
            app.task(name=job.name, retry=retry)(job.run)
        else:
            _register_clocked(app, job, job.cron)
    _retry_stalled(app)
    return app


def _register_clocked(app: procrastinate.App, job: Job, cron: str) -> None:
    @app.periodic(cron=cron)
    @app.task(name=job.name, queueing_lock=job.name)
    def clocked(timestamp: int = 0) -> None:
        del timestamp
        job.run()


def _retry_stalled(app: procrastinate.App) -> None:
    """Give jobs of a worker that died back to the queue, every minute."""

    @app.periodic(cron="* * * * *")
    @app.task(name="jobs.retry_stalled", queueing_lock="jobs.retry_stalled")
    async def retry_stalled(timestamp: int) -> None:
        del timestamp
        await _given_back(app, STALLED_AFTER)


async def _given_back(app: procrastinate.App, silent_for: float) -> None:
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=silent_for):
        await app.job_manager.retry_job(job)
