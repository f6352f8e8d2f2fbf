"""Which files are taken as evidence, known by their content; the ending of the name has to agree with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.catalogue import N_
from engine.errors import Invalid


@dataclass(frozen=True)
class Format:
    """What a file counts as: its media type, and its kind as requirements know it."""

    media_type: str
    kind: str


@dataclass(frozen=True)
class Content:
    """What the bytes are: the endings such a file may have, and the sentence when it has another."""

    endings: Mapping[str, Format]
    misnamed: str


_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"

JPEG = Content(
    dict.fromkeys(("jpg", "jpeg", "jpe", "jfif"), Format("image/jpeg", "photo")),
    N_("{name} is not what its name says: it is a JPEG photo. Give it the ending .jpg and try again."),
)
PNG = Content(
    {"png": Format("image/png", "photo")},
    N_("{name} is not what its name says: it is a PNG picture. Give it the ending .png and try again."),
)
WEBP = Content(
    {"webp": Format("image/webp", "photo")},
    N_("{name} is not what its name says: it is a WebP picture. Give it the ending .webp and try again."),
)
HEIC = Content(
    dict.fromkeys(("heic", "heif", "hif"), Format("image/heic", "photo")),
    N_("{name} is not what its name says: it is a HEIC photo. Give it the ending .heic and try again."),
)
PDF = Content(
    {"pdf": Format("application/pdf", "pdf")},
    N_("{name} is not what its name says: it is a PDF. Give it the ending .pdf and try again."),
)
MP4 = Content(
    dict.fromkeys(("mp4", "m4v"), Format("video/mp4", "video")),
    N_("{name} is not what its name says: it is an MP4 video. Give it the ending .mp4 and try again."),
)
QUICKTIME = Content(
    dict.fromkeys(("mov", "qt"), Format("video/quicktime", "video")),
    N_("{name} is not what its name says: it is a QuickTime video. Give it the ending .mov and try again."),
)
TEXT = Content(
    {"txt": Format("text/plain", "text"), "csv": Format("text/csv", "table")},
    N_("{name} is not what its name says: it is plain text. Give it the ending .txt or .csv and try again."),
)

DOCX = Content(
    {"docx": Format(_DOCX, "document")},
    N_("{name} is not what its name says: it is a Word document. Give it the ending .docx and try again."),
)
XLSX = Content(
    {"xlsx": Format(_XLSX, "table")},
    N_("{name} is not what its name says: it is an Excel table. Give it the ending .xlsx and try again."),
)
PPTX = Content(
    {"pptx": Format(_PPTX, "document")},
    N_("{name} is not what its name says: it is a PowerPoint file. Give it the ending .pptx and try again."),
)
DOC = Content(
    dict.fromkeys(("doc", "wps"), Format("application/msword", "document")),
    N_("{name} is not what its name says: it is a Word or WPS document. Give it the ending .doc and try again."),
)
XLS = Content(
    dict.fromkeys(("xls", "et"), Format("application/vnd.ms-excel", "table")),
    N_("{name} is not what its name says: it is an Excel or WPS table. Give it the ending .xls and try again."),
)
PPT = Content(
    dict.fromkeys(("ppt", "dps"), Format("application/vnd.ms-powerpoint", "document")),
    N_("{name} is not what its name says: it is a PowerPoint or WPS file. Give it the ending .ppt and try again."),
)

_ALL = (JPEG, PNG, WEBP, HEIC, PDF, MP4, QUICKTIME, TEXT, DOCX, XLSX, PPTX, DOC, XLS, PPT)
#: Ending of a name → the kind of file it promises.
KINDS = {ending: found.kind for content in _ALL for ending, found in content.endings.items()}
#: The sentences for a name that promises something else than the bytes hold.
MISNAMED = frozenset(content.misnamed for content in _ALL)

#: Sentences several readers refuse with.
UNKNOWN = N_(
    "{name} is of a kind that is not taken. Hand in JPEG, PNG, WebP, HEIC, PDF, Word, Excel, PowerPoint, WPS, text, MP4 or MOV."
)
DAMAGED = N_("{name} is damaged or cut off. Open it, save it anew and try again.")
MACROS = N_("{name} holds macros. Save it without macros and try again.")
ENCRYPTED = N_("{name} is protected by a password. Remove the password and try again.")
BOMB = N_("{name} unpacks to far more than its own size and is not opened. Save it anew and try again.")


def agreed(content: Content, ending: str) -> Format:
    """Give the format of a file whose name ends in `ending`. Raises Invalid when name and content disagree."""
    found = content.endings.get(ending)
    if found is None:
        raise Invalid(content.misnamed)
    return found
