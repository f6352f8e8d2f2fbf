"""Process definitions: deploy the diagrams of a file as sealed versions, find a version, load one to run.

The same file deployed twice is the same versions. What runs stays on the version it started with until it is moved
(`engine.migration`). Call activities are bound when their diagram is deployed, to the newest version there is then.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lxml import etree
from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from engine.catalogue import N_
from engine.diagram_check import BPMN, DiagramFinding, DiagramReport, Severity
from engine.diagram_import import normalise
from engine.errors import Invalid, NotFound, Problem
from engine.spiff import Definition, definition
from engine.unit_of_work import UnitOfWork
from engine.verbs.permissions import plain
from models.process import ProcessInstance, ProcessVersion

#: Versions read by this process; more are in use nowhere, and beginning anew costs a few milliseconds each.
_MOST_LOADED = 512
_loaded: dict[UUID, Definition] = {}


class Undeployable(Invalid):
    """The check refuses a file. `report` holds all that was found, the sentence names the first."""

    def __init__(self, report: DiagramReport) -> None:
        first = report.refusals[0]
        super().__init__(
            N_("The diagram is refused at element {element}, line {line}: {code}. {problem} Correct it and deploy again."),
            element=first.element or "-", line=first.line, code=first.code,
            problem=Problem(first.message, **first.params),
        )
        self.report = report


@dataclass(frozen=True)
class _Sealed:
    """A file in the form it runs in, what was found in it, and the versions it calls."""

    source: bytes
    xml: bytes
    report: DiagramReport
    calls: dict[str, ProcessVersion]
    reason: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.xml).hexdigest()

    @property
    def bound(self) -> dict[str, str]:
        return {key: str(version.id) for key, version in sorted(self.calls.items())}


def deploy(unit: UnitOfWork, source: bytes, reason: str) -> tuple[ProcessVersion, ...]:
    """Seal every process of a file as its next version, or give the newest where it is the same already.

    Raises Undeployable where the check refuses the file, Invalid without a reason or where it cannot be read to run.
    """
    why = plain(reason)
    if not why:
        raise Invalid(N_("Say why this version is deployed: it is kept in the log."))
    found = normalise(source, frozenset(unit.session.scalars(select(ProcessVersion.key).distinct())))
    if not found.report.deployable:
        raise Undeployable(found.report)
    # Two servers that start at once deploy the same diagrams; the second finds what the first deployed.
    for key in sorted(found.report.processes):
        unit.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(chain_of(key), 0))))
    calls = {key: latest(unit.session, key) for key in _called_outside(found.xml)}
    sealed = _Sealed(source, found.xml, found.report, calls, why)
    # Read to the end, or refused before anything is kept.
    called = _with_called(unit.session, calls.values())
    for key in found.report.processes:
        definition(found.xml, key, called)
    return tuple(_newest_or_next(unit, sealed, key) for key in found.report.processes)


def chain_of(key: str) -> str:
    """Name the audit chain of a process definition."""
    return f"process:{key}"


def report_of(version: ProcessVersion) -> DiagramReport:
    """Give what was found in the file of a version when it was deployed."""
    findings = (DiagramFinding(**{**one, "severity": Severity(one["severity"])}) for one in version.report)
    return DiagramReport((version.key,), tuple(findings))


def is_superseded(session: Session, source: bytes) -> bool:
    """Say whether a file was deployed before and the newest version of one of its processes comes from another file."""
    keys = session.scalars(select(ProcessVersion.key).where(ProcessVersion.source == source).distinct()).all()
    return any(latest(session, key).source != source for key in keys)


def latest(session: Session, key: str) -> ProcessVersion:
    """Give the newest version of a process. Raises NotFound."""
    version = _newest(session, key)
    if version is None:
        raise NotFound(N_("No process {key} is deployed. Deploy its diagram first."), key=key)
    return version


def numbered(session: Session, key: str, number: int) -> ProcessVersion:
    """Give one version of a process by its number. Raises NotFound, naming the newest number there is."""
    query = select(ProcessVersion).where(ProcessVersion.key == key, ProcessVersion.version == number)
    version = session.scalars(query).one_or_none()
    if version is None:
        newest = latest(session, key).version
        raise NotFound(
            N_("There is no version {version} of {key}; the newest is {newest}."), version=number, key=key, newest=newest
        )
    return version


def by_id(session: Session, version_id: UUID) -> ProcessVersion:
    """Give a version by its id. Raises NotFound."""
    version = session.get(ProcessVersion, version_id)
    if version is None:
        raise NotFound(N_("There is no such version of a process."))
    return version


def versions(session: Session, key: str | None = None) -> list[tuple[ProcessVersion, int]]:
    """List the versions of one process or of all, the newest first, each with the number of instances that run on it."""
    running = (
        select(func.count())
        .where(ProcessInstance.version_id == ProcessVersion.id, ProcessInstance.ended_at.is_(None))
        .scalar_subquery()
    )
    query = select(ProcessVersion, running).options(defer(ProcessVersion.xml), defer(ProcessVersion.source))
    if key is not None:
        latest(session, key)
        query = query.where(ProcessVersion.key == key)
    rows = session.execute(query.order_by(ProcessVersion.key, ProcessVersion.version.desc()))
    return [(version, count) for version, count in rows]


def load(session: Session, version_id: UUID) -> Definition:
    """Give the parsed definition of a version with the versions its call activities are bound to.

    A version never changes, so it is read once per process of the operating system. Raises NotFound.
    """
    found = _loaded.get(version_id)
    if found is None:
        version = by_id(session, version_id)
        called = _with_called(session, [by_id(session, UUID(one)) for one in version.calls.values()])
        found = definition(version.xml, version.key, tuple(one for one in called if one[0] != version.key))
        if len(_loaded) >= _MOST_LOADED:
            _loaded.clear()
        _loaded[version_id] = found
    return found


def _newest(session: Session, key: str) -> ProcessVersion | None:
    query = select(ProcessVersion).where(ProcessVersion.key == key).order_by(ProcessVersion.version.desc()).limit(1)
    return session.scalars(query).one_or_none()


def _newest_or_next(unit: UnitOfWork, sealed: _Sealed, key: str) -> ProcessVersion:
    newest = _newest(unit.session, key)
    if newest is not None and (newest.sha256, newest.calls) == (sealed.sha256, sealed.bound):
        return newest
    version = ProcessVersion(
        key=key, version=1 if newest is None else newest.version + 1, name=_name(sealed.xml, key),
        sha256=sealed.sha256, xml=sealed.xml, source=sealed.source,
        report=[_kept(one) for one in sealed.report.findings], calls=sealed.bound,
        reason=sealed.reason, deployed_at=unit.now, deployed_by=unit.actor.id,
    )
    unit.session.add(version)
    unit.session.flush()
    unit.record(chain_of(key), "process_definition.deployed", _recorded(version, sealed))
    return version


def _recorded(version: ProcessVersion, sealed: _Sealed) -> dict[str, Any]:
    return {
        "version": version.version,
        "sha256": sealed.sha256,
        "source_sha256": hashlib.sha256(sealed.source).hexdigest(),
        "reason": sealed.reason,
        # A diagram may call hundreds and be rewritten in thousands of places: the row keeps all, the event their digest.
        "calls": len(sealed.calls),
        "calls_sha256": hashlib.sha256("\n".join(f"{k} {v}" for k, v in sealed.bound.items()).encode()).hexdigest(),
        "findings": len(sealed.report.findings),
    }


def _with_called(session: Session, direct: Iterable[ProcessVersion]) -> tuple[tuple[str, bytes], ...]:
    """Give called processes with those they call in turn. Called in two versions, the one nearest to the caller counts."""
    bound: dict[str, ProcessVersion] = {}
    pending = deque(sorted(direct, key=lambda one: one.key))
    while pending:
        version = pending.popleft()
        if version.key not in bound:
            bound[version.key] = version
            pending += [by_id(session, UUID(one)) for _, one in sorted(version.calls.items())]
    return tuple((key, version.xml) for key, version in sorted(bound.items()))


def _called_outside(xml: bytes) -> Sequence[str]:
    root = etree.fromstring(xml)
    own = {process.get("id") for process in root.iter(f"{BPMN}process")}
    return sorted({str(one.get("calledElement")) for one in root.iter(f"{BPMN}callActivity")} - own)


def _kept(finding: DiagramFinding) -> dict[str, Any]:
    """Give a finding as it is stored: the sentence can be said in any language later."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "element": finding.element,
        "line": finding.line,
        "message": finding.message,
        "params": {name: value if isinstance(value, int) else str(value) for name, value in finding.params.items()},
    }


def _name(xml: bytes, key: str) -> str:
    process = next((one for one in etree.fromstring(xml).iter(f"{BPMN}process") if one.get("id") == key), None)
    return str(process.get("name") or key) if process is not None else key
