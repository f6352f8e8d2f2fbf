"""HTML → PDF/A-3b: the one place where documents are drawn, always from data that is already fixed.

The same HTML, pictures, attachments and moment give the same bytes. Nothing is fetched but the shipped faces
and the pictures the caller hands in, and nothing leaves here that is not PDF/A-3b.
"""

import atexit
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from threading import Lock
from typing import Any

import pikepdf
import pikepdf.pdfa

from engine.errors import Broken
from workflows.dossier import typefaces

#: `picture:<sha256>` in a template is the picture the caller gives for that digest.
PICTURE, _FACE = "picture", "face"
_PX = 0.75  # points in a CSS pixel
_LIBRARIES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"

Pictures = Callable[[str], bytes]


class NotArchival(Exception):  # noqa: N818 - named after the finding
    """A document came out that is not PDF/A-3b: a fault of a template, never handed on."""


@dataclass(frozen=True)
class Attached:
    """A file inside the document. `relationship` is a name of ISO 32000-2, 7.11.3: Data, Source, Supplement."""

    name: str
    data: bytes
    media_type: str
    relationship: str
    description: str


@dataclass(frozen=True)
class Box:
    """Where an element with an id came to lie: page from 0, corners x1 y1 x2 y2 in points from the lower left."""

    page: int
    corners: tuple[float, float, float, float]


@dataclass(frozen=True)
class Source:
    """What a document is made of. `at` stands in its metadata; `pictures` raises LookupError for strangers."""

    html: str
    at: datetime
    pictures: Pictures
    attachments: Sequence[Attached] = ()


@dataclass(frozen=True)
class Rendered:
    """A finished document: its bytes, how many pages it has, and where its elements with an id lie."""

    pdf: bytes
    pages: int
    boxes: Mapping[str, Box]


def check_rendering() -> None:
    """Refuse to start without the system libraries of layout. Raises RuntimeError naming the packages."""
    try:
        from weasyprint.text import ffi  # noqa: PLC0415 - dlopens the libraries, so the sentence can be ours
    except OSError as error:
        message = f"Documents cannot be laid out: {error}. Install {_LIBRARIES} (缺少排版系统库)."
        raise RuntimeError(message) from error
    if ffi.harfbuzz_subset is None:
        message = "libharfbuzz-subset0 is missing: a page would take 15 s. Install it (缺少 libharfbuzz-subset0)."
        raise RuntimeError(message)


def no_pictures(sha256: str) -> bytes:
    """Refuse any picture: for documents that show none."""
    raise LookupError(sha256)


def render(source: Source) -> Rendered:
    """Lay a document out and write it as PDF/A-3b. Raises NotArchival, LookupError, Broken for a damaged picture."""
    with _one_at_a_time:
        document, raw = _written(source)
    pdf = _finished(raw, source)
    _check_archival(pdf)
    return Rendered(pdf, len(document.pages), _boxes(document))


#: The layout library shares one font map; two documents at once in one process gain nothing under the GIL.
_one_at_a_time = Lock()


def _written(source: Source) -> tuple[Any, bytes]:
    from weasyprint import HTML  # noqa: PLC0415 - slow to import, and only here
    from weasyprint.urls import FatalURLFetchingError  # noqa: PLC0415 - as above

    sheet, fonts = _typeset()
    page = HTML(string=source.html, base_url=None, url_fetcher=_fetcher(source.pictures))
    try:
        document = page.render(stylesheets=[sheet], font_config=fonts)
        return document, document.write_pdf(pdf_variant="pdf/a-3b", pdf_tags=True)
    except FatalURLFetchingError as error:  # no Exception: it would end a worker
        if isinstance(error.__cause__, Broken):
            raise error.__cause__ from None
        raise LookupError(str(error)) from error


@cache
def _typeset() -> tuple[Any, Any]:
    """Load the faces once per process: a new font map costs 20 to 60 ms a document."""
    from weasyprint import CSS  # noqa: PLC0415 - as above
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - as above

    fonts = FontConfiguration()
    atexit.register(_typeset.cache_clear)  # it removes its temporary folder only while the interpreter lives
    return CSS(string=typefaces.style_sheet(_FACE), font_config=fonts, url_fetcher=_fetcher(no_pictures)), fonts


def _fetcher(pictures: Pictures) -> Any:  # noqa: ANN401 - the library has no types
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - as above

    class Closed(URLFetcher):  # type: ignore[misc]
        """Resolves our own two schemes and inline data; there is no way out to files or the network."""

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
            scheme, _, name = url.partition(":")
            if scheme == PICTURE:
                return URLFetcherResponse(url, pictures(name), {"Content-Type": "image/jpeg"})
            if scheme == _FACE:
                return URLFetcherResponse(url, typefaces.face(name), {"Content-Type": "font/ttf"})
            return super().fetch(url, headers)

    return Closed(allowed_protocols=("data",), allow_redirects=False, fail_on_errors=True)


def _finished(raw: bytes, source: Source) -> bytes:
    out = BytesIO()
    with pikepdf.open(BytesIO(raw)) as pdf:
        for page in pdf.pages:
            _drop_empty(page.obj.get("/Resources"))
        for one in pdf.objects:
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Form":
                _drop_empty(one.get("/Resources"))
        if source.attachments:
            pdf.Root.AF = pikepdf.Array([_attach(pdf, one, source.at) for one in source.attachments])
        # Object streams make every later signature and check read the whole file again.
        pdf.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable, deterministic_id=True)
    return out.getvalue()


def _drop_empty(resources: Any) -> None:  # noqa: ANN401 - a PDF object
    """Empty dictionaries of patterns and shadings say nothing, and the validator cannot judge them."""
    if resources is None:
        return
    for key in ("/Pattern", "/Shading"):
        if key in resources and len(resources[key]) == 0:
            del resources[key]


def _attach(pdf: pikepdf.Pdf, file: Attached, at: datetime) -> pikepdf.Object:
    moment = f"D:{at.astimezone(UTC):%Y%m%d%H%M%SZ}"
    spec = pikepdf.AttachedFileSpec(
        pdf,
        file.data,
        filename=file.name,
        description=file.description,
        mime_type=file.media_type,
        creation_date=moment,
        mod_date=moment,
        relationship=pikepdf.Name(f"/{file.relationship}"),
    )
    pdf.attachments[file.name] = spec
    kept: pikepdf.Object = pdf.attachments[file.name].obj
    return kept


def _check_archival(pdf: bytes) -> None:
    report = pikepdf.pdfa.validate_written(BytesIO(pdf), "3b")
    if not report.passed:
        message = "; ".join(str(finding) for finding in report.findings)
        raise NotArchival(message)


def _boxes(document: Any) -> dict[str, Box]:  # noqa: ANN401 - the library has no types
    found: dict[str, Box] = {}
    for number, page in enumerate(document.pages):
        for name, (left, top, right, bottom) in page.anchors.items():
            corners = (left, page.height - bottom, right, page.height - top)
            x1, y1, x2, y2 = (round(value * _PX, 2) for value in corners)
            found.setdefault(name, Box(number, (x1, y1, x2, y2)))
    return found
