"""The whole log, checked in one pass: every event by its hash, its chain, its place in the tree, every signed state.

Memory does not grow with the log: events and leaves are read side by side, by server-side cursors. What is kept is
the end of every chain and the few events that stand in the log later than their id says.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from engine.audit import CASE, Verdict, column_fault
from engine.log_keys import LogFolder
from engine.merkle import CompactRange
from engine.verify import GENESIS, Entry, Finding, Note, Unreadable, fault_of, read_checkpoint, read_note, record_in
from models.audit import AuditChain, AuditEvent
from models.process import ProcessInstance
from models.transparency import AuditCheckpoint, AuditLeaf

#: The chain findings about the log as a whole are named with; `seq` is then the number of the entry in it, from 1.
LOG = "log"
_ROWS = 2000
Progress = Callable[[int, int], None]


@dataclass
class _Chain:
    """The end of a chain as far as it was read, the last state it recorded, its first false entry."""

    length: int = 0
    head: str = GENESIS
    state: tuple[int, str] | None = None
    finding: Finding | None = None


@dataclass
class _Pass:
    """What one pass over the log has seen so far."""

    chains: dict[str, _Chain] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    events: int = 0

    def false(self, finding: Finding) -> None:
        """Note the first false entry of a chain; a later one of the same chain says nothing new."""
        chain = self.chains.setdefault(finding.chain, _Chain())
        if chain.finding is None:
            chain.finding = finding
            self.findings.append(finding)


def check_log(session: Session, log: LogFolder | None = None, progress: Progress | None = None) -> Verdict:
    """Check every event, chain, leaf and checkpoint. Without `log` the signatures and the folder outside are not looked at.

    Give it a session of its own, in one snapshot (`reading`). `progress` hears now and then how many events of how many.
    """
    seen = _Pass()
    total = session.scalar(select(func.count()).select_from(AuditEvent)) or 0
    events = _events(session)
    waiting: dict[int, Row[Any]] = {}
    states = _States(session, log)
    for leaf in _leaves(session):
        event = _event_of(leaf.event_id, events, waiting)
        if event is None:
            seen.false(Finding(LOG, leaf.leaf_index + 1, "gone"))
        else:
            _check_event(seen, event, leaf.leaf_hash)
        for finding in states.after(leaf.leaf_hash):
            seen.false(finding)
        if progress is not None and seen.events % _ROWS == 0:
            progress(seen.events, total)
    for finding in states.at_the_end():
        seen.false(finding)
    _check_unlogged(session, seen, [*waiting.values(), *events])
    _check_ends(session, seen)
    _check_processes(session, seen)
    if progress is not None:
        progress(seen.events, total)
    known = [name for name, chain in seen.chains.items() if chain.length]
    return Verdict(len(known), seen.events, tuple(seen.findings))


def _events(session: Session) -> Iterator[Row[Any]]:
    query = select(
        AuditEvent.id, AuditEvent.chain_id, AuditEvent.seq, AuditEvent.action, AuditEvent.actor_id, AuditEvent.actor_name,
        AuditEvent.recorded_at, AuditEvent.body, AuditEvent.leaf_hash,
    )  # fmt: skip
    return iter(session.execute(query.order_by(AuditEvent.id).execution_options(yield_per=_ROWS)))


def _leaves(session: Session) -> Iterator[Row[Any]]:
    query = select(AuditLeaf.leaf_index, AuditLeaf.event_id, AuditLeaf.leaf_hash).order_by(AuditLeaf.leaf_index)
    return iter(session.execute(query.execution_options(yield_per=_ROWS)))


def _event_of(wanted: int, events: Iterator[Row[Any]], waiting: dict[int, Row[Any]]) -> Row[Any] | None:
    """Give the event with an id; those passed on the way there wait for their own leaf."""
    if wanted in waiting:
        return waiting.pop(wanted)
    for event in events:
        if event.id == wanted:
            return event
        waiting[event.id] = event
        if event.id > wanted:
            return None
    return None


def _check_event(seen: _Pass, event: Row[Any], leaf: bytes | None) -> None:
    chain = seen.chains.setdefault(event.chain_id, _Chain())
    seen.events += 1
    chain.length += 1
    code = fault_of(Entry(event.chain_id, event.seq, event.body, event.leaf_hash), chain.length, chain.head)
    if code is None and leaf is not None and leaf.hex() != event.leaf_hash:
        code = "leaf"
    code = code or column_fault(event)
    chain.head = event.leaf_hash
    if code is not None:
        seen.false(Finding(event.chain_id, chain.length, code))
        return
    state = (record_in(event.body) or {}).get("state")
    if isinstance(state, dict):
        chain.state = (event.seq, str(state["after"]))


def _check_unlogged(session: Session, seen: _Pass, events: list[Row[Any]]) -> None:
    """Check what has no place in the log: what is too young for one, and what was put in behind its back."""
    settled = session.scalar(select(func.max(AuditCheckpoint.settled))) or 0
    for event in sorted(events, key=lambda one: int(one.id)):
        if event.id <= settled:
            seen.events += 1
            seen.false(Finding(event.chain_id, event.seq, "unlogged"))
        else:
            _check_event(seen, event, None)


def _check_ends(session: Session, seen: _Pass) -> None:
    recorded = {row.id: (row.length, row.head) for row in session.execute(select(AuditChain.id, AuditChain.length, AuditChain.head))}
    for name, chain in list(seen.chains.items()):
        if name != LOG and recorded.get(name, (0, GENESIS)) != (chain.length, chain.head):
            seen.false(Finding(name, chain.length if name in recorded else 1, "tail"))
    for name in sorted(set(recorded) - set(seen.chains)):
        if recorded[name] != (0, GENESIS):
            seen.false(Finding(name, 0, "tail"))


def _check_processes(session: Session, seen: _Pass) -> None:
    """Compare the state every case is in with the one its chain recorded last."""
    query = select(ProcessInstance.business_key, func.encode(func.sha256(ProcessInstance.state), "hex"))
    stored = set()
    for key, digest in session.execute(query.execution_options(yield_per=_ROWS)):
        name = CASE + key
        stored.add(name)
        chain = seen.chains.get(name)
        if chain is None or not chain.length:
            seen.false(Finding(name, 0, "tail"))
        elif chain.state is None or chain.state[1] != digest:
            seen.false(Finding(name, chain.state[0] if chain.state else 0, "state"))
    for name, chain in list(seen.chains.items()):
        if name.startswith(CASE) and chain.state is not None and name not in stored:
            seen.false(Finding(name, chain.state[0], "state"))


class _States:
    """The signed states, each compared with the tree when it has grown to that size."""

    def __init__(self, session: Session, log: LogFolder | None) -> None:
        query = select(AuditCheckpoint.size, AuditCheckpoint.root, AuditCheckpoint.note).order_by(AuditCheckpoint.size)
        self._rows = iter(session.execute(query.execution_options(yield_per=_ROWS)))
        self._next = next(self._rows, None)
        self._edge = CompactRange()
        self._last = log.last() if log is not None else None
        self._public = Ed25519PublicKey.from_public_bytes(log.key.public) if log is not None else None
        self._origin = log.key.name if log is not None else ""

    def after(self, leaf: bytes) -> Iterator[Finding]:
        """Add one leaf; give what is false about the states of this size."""
        self._edge.append(leaf)
        size = self._edge.size
        if self._last is not None and self._last.size == size and self._last.root != self._edge.root():
            yield Finding(LOG, size, "root")
        while self._next is not None and self._next.size <= size:
            if self._next.size < size or self._next.root != self._edge.root():
                yield Finding(LOG, int(self._next.size), "root")
            elif not self._is_signed(self._next.note, size):
                yield Finding(LOG, size, "checkpoint")
            self._next = next(self._rows, None)

    def at_the_end(self) -> Iterator[Finding]:
        """Give what is false about states larger than the log."""
        size = self._edge.size
        if self._next is not None or (self._last is not None and self._last.size > size):
            yield Finding(LOG, size, "rolled_back")

    def _is_signed(self, text: str, size: int) -> bool:
        """Say whether a note states this root. Through the fast library: a log has very many of them."""
        try:
            note = read_note(text)
            stated = read_checkpoint(note.text)
        except Unreadable:
            return False
        if (stated.size, stated.root) != (size, self._edge.root()):
            return False
        return self._public is None or (stated.origin == self._origin and self._verifies(note))

    def _verifies(self, note: Note) -> bool:
        for name, _, signature in note.signatures:
            try:
                if self._public is not None and name == self._origin:
                    self._public.verify(signature, note.text.encode())
                    return True
            except InvalidSignature:
                continue
        return False
