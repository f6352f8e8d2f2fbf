"""The files of the demonstration, made in processes of their own: drawn, laid into the vault, examined, previewed."""

import ctypes
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random

from workflows.demo import papers, writing
from workflows.demo.pictures import photograph
from workflows.evidence import examiner, painter
from workflows.evidence.intake import ExaminedFile
from workflows.evidence.previews import PAGE_SIDE, THUMBNAIL_SIDE, VIEW_SIDE
from workflows.evidence.rendering import unframed
from workflows.evidence.vault import Stored, Vault

_NICENESS = 5
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Order:
    """One file to be made. `name` ends in what it is; `length` is that of a report, in signs."""

    maker: str
    name: str
    department: str
    topic: str
    at: datetime
    scene: str = ""
    length: int = 0

    @property
    def seed(self) -> str:
        """Give what makes this file another one than every other."""
        return f"{self.department}|{self.topic}|{self.name}|{self.length}"


@dataclass(frozen=True)
class Made:
    """A file in the vault, what an examination says of it, and its pictures (view, thumbnail) where it has any."""

    stored: Stored
    file: ExaminedFile
    view: str | None
    thumbnail: str | None


def assist(parent: int) -> None:
    """Become a helper of the process `parent`: step back behind it, and end when it ends, however it does."""
    os.nice(_NICENESS)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def make(vault: Vault, order: Order) -> Made:
    """Make one file. The same order gives the same bytes."""
    stored = vault.put_bytes(_MAKERS[order.maker](order))
    # Our own drawings need no child process with limits each: that would take longer than drawing them.
    with vault.local(stored.sha256) as path:
        file = examiner.examined(path, order.name.rpartition(".")[2])
        if file.kind not in {"photo", "pdf"}:
            return Made(stored, file, None, None)
        side = VIEW_SIDE if file.kind == "photo" else PAGE_SIDE
        framed = painter.main([file.kind, str(path), "0", f"{side},{THUMBNAIL_SIDE}"])
    view, thumbnail = (vault.put_bytes(picture).sha256 for picture in unframed(framed))
    return Made(stored, file, view, thumbnail)


def _document(order: Order) -> bytes:
    title = order.name.rpartition(".")[0]
    return papers.document(f"{order.department}{title}", writing.plan(order.department, order.topic))


def _table(order: Order) -> bytes:
    dice = Random(order.seed)  # noqa: S311 - dice for figures, not for secrets
    return papers.table(writing.roll(dice, order.name.rpartition(".")[0]))


_MAKERS: dict[str, Callable[[Order], bytes]] = {
    "photo": lambda order: photograph(order.scene, order.seed, order.at),
    "red_head": lambda order: papers.red_head(order.seed, order.department, order.topic, order.at),
    "sealed_page": lambda order: papers.sealed_page(order.seed, order.department, order.topic, order.at),
    "screenshot": lambda order: papers.screenshot(order.seed, order.department, order.topic, order.at),
    "report": lambda order: papers.report(order.seed, order.department, order.topic, order.length, order.at),
    "document": _document,
    "table": _table,
}
