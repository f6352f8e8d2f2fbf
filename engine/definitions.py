"""Process definitions: deploy a diagram as a sealed version, find the newest, load one to run.

The same diagram deployed twice is one version. Instances stay on the version they started with.
"""

import hashlib
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.catalogue import N_
from engine.diagram_check import BPMN, check
from engine.errors import Invalid, NotFound
from engine.spiff import Definition, definition
from engine.unit_of_work import UnitOfWork
from lxml import etree
from models.process import ProcessVersion

#: Versions read by this process; more are in use nowhere, and beginning anew costs a few milliseconds each.
_MOST_LOADED = 512
_loaded: dict[UUID, Definition] = {}


def deploy(unit: UnitOfWork, xml: bytes, reason: str) -> ProcessVersion:
    """Seal `xml` as the next version of its process. Raises Invalid with the first finding of the check."""
    report = check(xml)
    if not report.deployable:
        first = report.findings[0]
        raise Invalid(
            N_("The diagram is refused at element {element}, line {line}: {code}. Correct it and deploy again."),
            element=first.element or "-", line=first.line, code=first.code,
        )
    if len(report.processes) > 1:
        raise Invalid(
            N_("The file holds {count} processes. Deploy each from a file of its own."), count=len(report.processes)
        )
    key = report.processes[0]
    digest = hashlib.sha256(xml).hexdigest()
    # Two servers that start at once deploy the same diagrams; the second finds what the first deployed.
    unit.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"process:{key}", 0))))
    same = select(ProcessVersion).where(ProcessVersion.key == key, ProcessVersion.sha256 == digest)
    existing = unit.session.scalars(same).one_or_none()
    if existing is not None:
        return existing
    definition(xml, key)  # parses to the end, or raises before anything is kept
    last = unit.session.scalar(select(func.max(ProcessVersion.version)).where(ProcessVersion.key == key))
    version = ProcessVersion(
        key=key, version=(last or 0) + 1, name=_name(xml, key), sha256=digest, xml=xml, source=xml,
        reason=reason, deployed_at=unit.now, deployed_by=unit.actor.id,
    )
    unit.session.add(version)
    unit.session.flush()
    unit.record(
        f"process:{key}", "process_definition.deployed", {"version": version.version, "sha256": digest, "reason": reason}
    )
    return version


def latest(session: Session, key: str) -> ProcessVersion:
    """Give the newest version of a process. Raises NotFound."""
    query = select(ProcessVersion).where(ProcessVersion.key == key).order_by(ProcessVersion.version.desc()).limit(1)
    version = session.scalars(query).one_or_none()
    if version is None:
        raise NotFound(N_("No process {key} is deployed. Deploy its diagram first."), key=key)
    return version


def load(session: Session, version_id: UUID) -> Definition:
    """Give the parsed definition of a version with the versions its call activities are bound to.

    A version never changes, so it is read once per process of the operating system. Raises NotFound.
    """
    found = _loaded.get(version_id)
    if found is None:
        found = _read(session, version_id)
        if len(_loaded) >= _MOST_LOADED:
            _loaded.clear()
        _loaded[version_id] = found
    return found


def _read(session: Session, version_id: UUID) -> Definition:
    versions: dict[str, ProcessVersion] = {}
    pending = [version_id]
    while pending:
        version = session.get(ProcessVersion, pending.pop())
        if version is None:
            raise NotFound(N_("There is no such version of a process."))
        if version.key not in versions:
            versions[version.key] = version
            pending += [UUID(str(called)) for called in version.calls.values()]
    root, *called = versions.values()
    return definition(root.xml, root.key, tuple((one.key, one.xml) for one in called))


def _name(xml: bytes, key: str) -> str:
    root = etree.fromstring(xml)
    process = root.find(f"{BPMN}process[@id='{key}']")
    return str(process.get("name") or key) if process is not None else key
