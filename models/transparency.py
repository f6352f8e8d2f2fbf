"""The log over all chains (RFC 6962): which event is the how-manieth leaf, the tree above, what was signed about it."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AuditLeaf(Base):
    """The place of one event in the log, from 0 without a gap. Insert-only."""

    __tablename__ = "audit_leaf"
    __table_args__ = (UniqueConstraint("event_id"),)

    leaf_index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    event_id: Mapped[int] = mapped_column(BigInteger)
    leaf_hash: Mapped[bytes]


class AuditTile(Base):
    """A full tile of the tree (c2sp.org/tlog-tiles): 256 hashes side by side, and the hash over them. Insert-only."""

    __tablename__ = "audit_tile"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes]
    root: Mapped[bytes]


class AuditCheckpoint(Base):
    """A signed state of the log: its size, its root, the note. Insert-only.

    `settled`: every event up to this id is in the log or will never be; the sequencer looks behind it only.
    """

    __tablename__ = "audit_checkpoint"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    note: Mapped[str]
    signed_at: Mapped[datetime]
    settled: Mapped[int] = mapped_column(BigInteger)


class AuditWitness(Base):
    """Somebody outside who watches the log: the name and the public key (vkey) they gave us."""

    __tablename__ = "audit_witness"

    name: Mapped[str] = mapped_column(primary_key=True)
    vkey: Mapped[str]
    added_at: Mapped[datetime]


class AuditCosignature(Base):
    """The signature line of a witness under a checkpoint. Insert-only."""

    __tablename__ = "audit_cosignature"

    size: Mapped[int] = mapped_column(BigInteger, ForeignKey("audit_checkpoint.size"), primary_key=True, autoincrement=False)
    witness: Mapped[str] = mapped_column(ForeignKey("audit_witness.name"), primary_key=True)
    line: Mapped[str]
    cosigned_at: Mapped[datetime]


class AuditSalt(Base):
    """What opens a commitment: the value and its salt. The only table of the log whose rows may be erased."""

    __tablename__ = "audit_salt"

    commitment: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    value: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(index=True)
