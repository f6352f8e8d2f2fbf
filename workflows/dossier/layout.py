"""Templates of papers → HTML. Papers are records of a Chinese office: their own words are Chinese, whoever reads."""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from importlib import resources

from jinja2 import Environment, FunctionLoader, StrictUndefined

from workflows.dossier.typefaces import printable

BEIJING = timezone(timedelta(hours=8))
_KILO = 1024
_folder = resources.files("workflows") / "dossier" / "templates"


def html(template: str, **values: object) -> str:
    """Fill a template. Every value is escaped and has only characters that can be printed."""
    return _environment.get_template(template).render(values)


def moment(at: datetime) -> str:
    """Write a moment in Beijing time, as `2026年3月2日 10:05`."""
    return f"{day(at)} {at.astimezone(BEIJING):%H:%M}"


def day(at: datetime) -> str:
    """Write a day in Beijing time, as `2026年3月2日`."""
    local = at.astimezone(BEIJING)
    return f"{local.year}年{local.month}月{local.day}日"


def digits(at: datetime) -> str:
    """Write a day in Beijing time in eight digits, as lists of contents do (DA/T 22)."""
    return f"{at.astimezone(BEIJING):%Y%m%d}"


def clock(at: datetime) -> str:
    """Write the time of day in Beijing time."""
    return f"{at.astimezone(BEIJING):%H:%M}"


def size(count: int) -> str:
    """Write a number of bytes in B, KB or MB."""
    if count < _KILO:
        return f"{count} B"
    if count < _KILO * _KILO:
        return f"{count / _KILO:.0f} KB"
    return f"{count / _KILO / _KILO:.1f} MB"


def figure(value: Decimal | None) -> str:
    """Write a figure without idle zeros, or a dash."""
    return "—" if value is None else f"{value.normalize():f}"


def groups(digest: str, width: int = 4) -> str:
    """Write a digest in groups of four, so that people can compare it."""
    return " ".join(digest[start : start + width] for start in range(0, len(digest), width))


def _source(name: str) -> str:
    return (_folder / name).read_text("utf-8")


def _finalized(value: object) -> object:
    return printable(value) if isinstance(value, str) else value


_environment = Environment(
    loader=FunctionLoader(_source),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_finalized,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.filters |= {one.__name__: one for one in (moment, day, digits, clock, size, figure, groups)}
