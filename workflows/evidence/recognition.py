"""What an uploaded file is, judged by its bytes alone."""

from pathlib import Path

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence import compound, packages, texts
from workflows.evidence.formats import HEIC, JPEG, MP4, PDF, PNG, QUICKTIME, TEXT, UNKNOWN, WEBP, Content

_HEAD = 4096
#: Readers look for the mark of a PDF within this many bytes; some scanners write a line before it.
_PDF_WITHIN = 1024

_PROGRAM = N_("{name} is a program. Programs are not taken as evidence.")
_ARCHIVE = N_("{name} is an archive. Unpack it and hand in the files one by one.")
_PICTURE = N_("{name} is a picture of a kind that is not taken. Save it as JPEG or PNG and try again.")
_PAGE = N_("{name} is a web page or a drawing that can run scripts. Hand in a screenshot or a PDF instead.")
_RICH_TEXT = N_("{name} is an RTF document, which is not taken. Save it as .docx and try again.")

_REFUSED = (
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"\xca\xfe\xba\xbe", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
    (b"#!", _PROGRAM),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"\x1f\x8b", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ\x00", _ARCHIVE),
    (b"GIF8", _PICTURE),
    (b"II*\x00", _PICTURE),
    (b"MM\x00*", _PICTURE),
    (b"BM", _PICTURE),
    (b"8BPS", _PICTURE),
    (b"{\\rtf", _RICH_TEXT),
)
_TEXTS_REFUSED = ("#!", "{\\rtf")
_TAKEN = ((b"\xff\xd8\xff", JPEG), (b"\x89PNG\r\n\x1a\n", PNG))
#: ISO/IEC 23008-12, annex B: still pictures packed as HEVC; `mif1` names no packing and stands in phones' HEIC files.
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1"})
#: Pictures in a row, and AV1 pictures: taken as neither photo nor video.
_OTHER_PICTURES = frozenset({b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avif", b"avis"})
#: Before `ftyp` was invented a QuickTime film began with one of its parts.
_OLD_FILMS = frozenset({b"moov", b"mdat", b"wide"})


def recognise(path: Path) -> Content:
    """Say what the bytes are. Raises Invalid for everything that is not taken as evidence."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    for mark, content in _TAKEN:
        if head.startswith(mark):
            return content
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return _boxed(head)
    if head[4:8] in _OLD_FILMS and head[:1] < b"\t":  # a length; no text begins so
        return QUICKTIME
    return _document(path, head)


def _boxed(head: bytes) -> Content:
    """Tell photos from films by the brands of an ISO media file: the main one, then those it agrees with."""
    length = int.from_bytes(head[:4], "big")
    brand, others = head[8:12], head[16 : min(length, len(head))]
    also = {others[start : start + 4] for start in range(0, len(others), 4)}
    if brand in _OTHER_PICTURES or (brand == b"mif1" and also & _OTHER_PICTURES):
        raise Invalid(_PICTURE)
    if brand in _HEIC_BRANDS:
        return HEIC
    return QUICKTIME if brand == b"qt  " else MP4


def _document(path: Path, head: bytes) -> Content:
    if head.startswith(b"PK\x03\x04"):
        return _package(path)
    if head.startswith(compound.MARK):
        return _compound(path)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return PDF
    return _plain(path, head)


def _package(path: Path) -> Content:
    found = packages.content_of(path)
    if found is None:
        raise Invalid(_ARCHIVE)
    return found


def _compound(path: Path) -> Content:
    found = compound.content_of(path)
    if found is None:
        raise Invalid(UNKNOWN)
    return found


def _plain(path: Path, head: bytes) -> Content:
    text = texts.decoded(path)
    if text is not None and texts.is_markup(text):
        raise Invalid(_PAGE)
    # Short marks such as BM or MZ may begin a text as well, so text comes first.
    if text is not None and not text.startswith(_TEXTS_REFUSED):
        return TEXT
    raise Invalid(next((sentence for mark, sentence in _REFUSED if head.startswith(mark)), UNKNOWN))
