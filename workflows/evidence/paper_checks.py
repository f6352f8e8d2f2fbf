"""The checks on papers: reports and their length, scanned pages, tables, links, and papers of every other kind."""

from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import urlsplit

from engine.catalogue import N_
from workflows.evidence.demands import Demand, Finding, Gathered, Item, filed
from workflows.evidence.policy import Frame

#: 左右 is a target: within a fifth of it, nobody is bothered.
REPORT_TOLERANCE = Decimal("0.2")
#: An A4 page at 200 dots per inch, the least a page of an official paper is read at, on its long side.
SCAN_PIXELS = 2_339
_REPORTS = frozenset({"pdf", "document", "text"})


def report(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a report: that it is there, how long it is, whether it reads as it should. The longest one counts."""
    del frame
    reports = [item for item in filed(demand, gathered) if item.kind in _REPORTS]
    if not reports:
        yield Finding("report", N_("The report is missing."), lacking=1)
        return
    longest = max(reports, key=lambda item: item.text_chars or 0)
    if demand.value is not None and not longest.text_chars:
        yield Finding("report_uncounted", N_("Its characters cannot be counted: it is a scan, or of an old kind."), {}, longest.id)
    elif demand.value is not None:
        yield from _length(demand, demand.value, longest)
    yield from _reading(longest)


def scan(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check scanned pages (红头页、盖章页): one file for each page named, sharp enough, with the paper's particulars."""
    own = filed(demand, gathered)
    if len(demand.fields) > 1:
        for page in demand.fields:
            if not any(item.page_role == page for item in own):
                yield Finding("scan_page", N_("The {page} is missing."), {"page": page}, lacking=1)
    else:
        yield from paper(demand, gathered, frame)
    for item in own:
        if item.long_side is not None and item.long_side < SCAN_PIXELS:
            params = {"name": item.name, "pixels": item.long_side}
            yield Finding("scan_small", N_("{name} is only {pixels} pixels long; scan the page at 200 dpi or more."), params, item.id)
    if own and not any(item.has_particulars for item in own):
        yield Finding("scan_particulars", N_("Document number, issuer and date are not typed yet."), {}, own[0].id)


def table(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a table or roster: that it is there and has its totals."""
    yield from paper(demand, gathered, frame)
    for item in filed(demand, gathered):
        if item.has_totals is False:
            yield Finding("table_total", N_("{name} has no row of totals (合计)."), {"name": item.name}, item.id)


def link(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check links: well formed, titled, with a screenshot. Nothing is fetched."""
    del frame
    links = [one for one in gathered.links if one.requirement_id == demand.id]
    own = filed(demand, gathered)
    if not links and not own:
        yield _optional()
    for one in links:
        if not is_address(one.url):
            yield Finding("link", N_("“{url}” is no address that can be opened."), {"url": one.url[:60]})
        if not one.title.strip():
            yield Finding("link", N_("The link {url} has no title."), {"url": one.url[:60]})
    if links and not own:
        yield Finding("link", N_("A screenshot of the page belongs to the link: pages change."))


def optional(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Remind of what may be filed."""
    del frame
    if not filed(demand, gathered):
        yield _optional()


def paper(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a number of papers of any kind."""
    del frame
    missing = int(demand.value or 1) - len({item.sha256 for item in filed(demand, gathered)})
    if missing > 0:
        yield Finding("paper", N_("{count} more files are needed."), {"count": missing}, lacking=missing)


def anything(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check that something was handed in, where the table asks for nothing in particular."""
    del demand, frame
    if not gathered.items:
        yield Finding("nothing", N_("Nothing has been handed in yet."), lacking=1)


def is_address(url: str) -> bool:
    """Say whether a text is an address of a page: http or https, with a host."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and "." in (parts.hostname or "") and not any(sign.isspace() for sign in url.strip())


def _optional() -> Finding:
    return Finding("optional", N_("Nothing is filed here yet; add it if there is any."))


def _length(demand: Demand, target: Decimal, item: Item) -> Iterator[Finding]:
    chars = item.text_chars or 0
    params = {"chars": chars, "target": int(target)}
    if demand.bound == "max" and chars > target:
        yield Finding("report_limit", N_("The report has {chars} characters; {target} are the limit."), params, item.id)
    elif demand.bound == "min" and chars < target:
        sentence = N_("The report has {chars} characters; at least {target} are asked for.")
        yield Finding("report_limit", sentence, params, item.id, lacking=int(target) - chars)
    elif demand.bound not in {"min", "max"} and abs(chars - target) > target * REPORT_TOLERANCE:
        yield Finding("report_length", N_("The report has {chars} characters; about {target} are asked for."), params, item.id)


def _reading(item: Item) -> Iterator[Finding]:
    reading = item.reading
    if reading is None:
        return
    if reading.parts_missing:
        params = {"parts": "、".join(reading.parts_missing)}
        yield Finding("report_parts", N_("The report says nothing of: {parts}."), params, item.id)
    if reading.unsourced:
        sentence = N_("Figures without a source ({count}), such as “{phrase}”: say where each comes from.")
        yield Finding("report_sources", sentence, {"count": len(reading.unsourced), "phrase": reading.unsourced[0]}, item.id)
    if reading.like_a_summary:
        sentence = N_("It reads like a summary (“{phrase}”); a report explains how the indicator is met.")
        yield Finding("report_summary", sentence, {"phrase": reading.like_a_summary[0]}, item.id)
