"""django-viewflow on the same PostgreSQL: its rows for case and tasks, SELECT FOR UPDATE as it advises for joins.

Forms are kept in the data of the task, routing facts in the data of the process. No audit log.
"""

import json
import re
import sys

import django
from crews import serve
from django.conf import settings
from django.db import connection, transaction
from scenario import Json, Scenario

PLACE: Json = json.loads(sys.argv[1])
settings.configure(
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "viewflow",
        "viewflow.workflow",
        "rivals.viewflow_app",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": PLACE["dbname"],
            "HOST": PLACE["host"],
            "PORT": PLACE["port"],
            "USER": PLACE["user"],
            "CONN_MAX_AGE": None,
        }
    },
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    SECRET_KEY="of the benchmark",
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402 - models can be imported once Django is set up
from django.core.management import call_command  # noqa: E402
from rivals.viewflow_app.flows import lifecycle  # noqa: E402
from viewflow.workflow.models import Process, Task  # noqa: E402
from viewflow.workflow.status import STATUS  # noqa: E402

_NUMBERED = re.compile(r"(\D+)(\d*)")


class Viewflow:
    """One client."""

    def start(self, scenario: Scenario) -> int:
        """Start a case."""
        with transaction.atomic():
            process = lifecycle(scenario.departments).start.run()
        return int(process.pk)

    def step(self, case: int, scenario: Scenario) -> bool:
        """Find the oldest task assigned to a person, as a list would; open it by its key, as a page would, and do it.

        The documented way: lock, transaction, activation.
        """
        waiting = Task.objects.filter(process_id=case, flow_task_type="HUMAN", status=STATUS.ASSIGNED)
        task = Task.objects.get(pk=waiting.order_by("pk").values_list("pk", flat=True)[0])
        with task.activation() as activation:
            element, number = _NUMBERED.fullmatch(activation.flow_task.name).groups()
            answer = scenario.answer(element)
            activation.start(None)
            activation.process.data = (activation.process.data or {}) | {
                f"{name}{number}": value for name, value in answer.decision.items()
            }
            activation.process.save()
            activation.task.data = answer.form
            activation.execute()
        return activation.process.status != STATUS.DONE

    def hurry(self, case: int, scenario: Scenario, steps: int) -> None:
        """There is no quicker way."""
        for _ in range(steps):
            self.step(case, scenario)

    def state_bytes(self, case: int) -> int:
        """Give the size of its rows for the case: viewflow has no other state."""
        with connection.cursor() as cursor:
            size = "SELECT sum(pg_column_size(t)) FROM {} t WHERE {} = %s"
            rows = ((Process, "id"), (Task, "process_id"))
            total = 0
            for model, column in rows:
                cursor.execute(size.format(model._meta.db_table, column), [case])
                total += int(cursor.fetchone()[0])
        return total


def prepare() -> None:
    """Make its tables and the one person."""
    call_command("migrate", verbosity=0)
    User.objects.get_or_create(username="bench")


def main() -> None:
    """Serve commands on the database named by the first argument."""
    serve(prepare, lambda _: Viewflow())


if __name__ == "__main__":
    main()
