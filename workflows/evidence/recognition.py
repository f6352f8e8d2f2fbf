"""What an uploaded file is, judged by its bytes alone."""

from pathlib import Path

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.evidence import compound, packages, texts
from workflows.evidence.formats import JPEG, MP4, PDF, PNG, TEXT, WEBP, Content

_HEAD = 4096
#: Readers look for the mark of a PDF within this many bytes; some scanners write a line before it.
_PDF_WITHIN = 1024

_PROGRAM = N_("{name} is a program. Programs are not taken as evidence.")
_ARCHIVE = N_("{name} is an archive. Unpack it and hand in the files one by one.")
_PICTURE = N_("{name} is a picture of a kind that is not taken. Save it as JPEG or PNG and try again.")
_PAGE = N_("{name} is a web page or a drawing that can run scripts. Hand in a screenshot or a PDF instead.")
_RICH_TEXT = N_("{name} is an RTF document, which is not taken. Save it as .docx and try again.")
_HEIC = N_("{name} is a HEIC picture, which not every computer can show. Save it as JPEG and try again.")
_QUICKTIME = N_("{name} is a QuickTime video. Save it as MP4 and try again.")
_UNKNOWN = N_("{name} is of a kind that is not taken. Hand in JPEG, PNG, WebP, PDF, Word, Excel, PowerPoint, text or MP4.")

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
_STILL_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})


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
        return _film(head[8:12])
    return _document(path, head)


def _film(brand: bytes) -> Content:
    if brand in _STILL_BRANDS:
        raise Invalid(_HEIC)
    if brand == b"qt  ":
        raise Invalid(_QUICKTIME)
    return MP4


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
        raise Invalid(_UNKNOWN)
    return found


def _plain(path: Path, head: bytes) -> Content:
    text = texts.decoded(path)
    if text is not None and texts.is_markup(text):
        raise Invalid(_PAGE)
    # Short marks such as BM or MZ may begin a text as well, so text comes first.
    if text is not None and not text.startswith(_TEXTS_REFUSED):
        return TEXT
    raise Invalid(next((sentence for mark, sentence in _REFUSED if head.startswith(mark)), _UNKNOWN))
