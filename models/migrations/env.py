"""Run migrations on the connection handed over by `models.database.upgrade`."""

import models.audit
import models.breakdown
import models.completeness
import models.dossier
import models.editions
import models.evidence
import models.imports
import models.people
import models.photos
import models.process
import models.transparency
import models.uploads  # noqa: F401 - imported, like the others, for its tables
from alembic import context
from models.base import Base
from sqlalchemy import text

_LOCK = 0x4A55414E  # one migration at a time, whoever starts it

connection = context.config.attributes["connection"]
connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    compare_type=True,
    include_name=lambda name, kind, _parents: kind != "table" or not str(name).startswith("procrastinate_"),
)
context.run_migrations()
