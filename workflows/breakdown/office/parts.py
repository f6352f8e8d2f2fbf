"""The XML parts of an office package, opened so that no part can fetch or unfold anything.

Runs in the confined child only (`opener.py`); the package was measured before by `workflows.evidence.packages`.
"""

import posixpath
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

from engine.catalogue import N_
from engine.errors import Invalid
from lxml import etree
from workflows.evidence.formats import DAMAGED

Element = etree._Element  # noqa: SLF001 - the public name of the type

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
COMPATIBLE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"

#: Files saved as "Strict Open XML" use these names for the same things.
_STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/", b"http://schemas.openxmlformats.org/wordprocessingml/2006/"),
    (b"http://purl.oclc.org/ooxml/spreadsheetml/", b"http://schemas.openxmlformats.org/spreadsheetml/2006/"),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
)

#: More cells than any real table; keeps a hostile file from filling the memory.
MAX_CELLS = 200_000
TOO_MANY = N_("{name} has more than 200,000 cells or lines. Save the task table alone.")

_UNSEEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\xad\u200b-\u200f\u2028-\u202e\u2060\ufeff]")


@dataclass(frozen=True)
class Relation:
    """One part a part points at. `kind`: the last word of its type (styles, worksheet …)."""

    key: str
    kind: str
    target: str


class Package:
    """An open office package."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower(): name for name in archive.namelist()}

    def main_part(self) -> str:
        """Give the name of the part that holds the document itself. Raises Invalid when there is none."""
        found = next((one.target for one in self.relations("") if one.kind == "officeDocument"), None)
        if found is None or found.lower() not in self._names:
            raise Invalid(DAMAGED)
        return found

    def relations(self, part: str) -> Iterator[Relation]:
        """Give what a part points at inside the package; of the package itself for ""."""
        folder, name = posixpath.split(part)
        tree = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        for one in () if tree is None else tree:
            if one.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, unquote(one.get("Target", "")))).lstrip("/")
                yield Relation(one.get("Id", ""), one.get("Type", "").rpartition("/")[2], target)

    def related(self, part: str, kind: str) -> Element | None:
        """Give the tree of the first part of this kind that `part` points at."""
        target = next((one.target for one in self.relations(part) if one.kind == kind), None)
        return None if target is None else self.tree(target)

    def tree(self, name: str) -> Element | None:
        """Give the root of a part, None where there is no such part. Raises Invalid for what is no sound XML."""
        stored = self._names.get(name.lower())
        if stored is None:
            return None
        content = self._archive.read(stored)
        for strict, usual in _STRICT:
            content = content.replace(strict, usual)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise unsound(error) from error
        # No office program writes a document type; entities hide in it.
        if root.getroottree().docinfo.internalDTD is not None:
            raise Invalid(DAMAGED)
        return root

    def open(self, name: str) -> IO[bytes]:
        """Open a part to read it piece by piece. Raises Invalid when there is no such part."""
        stored = self._names.get(name.lower())
        if stored is None:
            raise Invalid(DAMAGED)
        return self._archive.open(stored)


def unsound(error: etree.XMLSyntaxError) -> Exception:
    """Give what an XML part that cannot be read means: damage, or not enough memory."""
    code = getattr(error, "code", None)  # its type description leaves it out
    return MemoryError() if code == etree.ErrorTypes.ERR_NO_MEMORY else Invalid(DAMAGED)


def word_value(element: Element | None, name: str = "val") -> str | None:
    """Give an attribute of Word's own namespace, None where element or attribute is missing."""
    return None if element is None else element.get(WORD + name)


def is_on(element: Element | None) -> bool:
    """Say whether a switch (hidden, deleted …) is there and not turned off."""
    return element is not None and word_value(element) not in {"0", "false", "off", "none"}


def number_of(text: str | None, otherwise: int = 0) -> int:
    """Read a whole number an attribute holds; `otherwise` for anything else."""
    try:
        return int(text or "")
    except ValueError:
        return otherwise


def clean_text(text: str) -> str:
    """Give the text as it is compared later: composed characters, plain blanks, nothing that cannot be seen."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\v", "\n").replace("\f", "\n").replace("\xa0", " ")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", text))
