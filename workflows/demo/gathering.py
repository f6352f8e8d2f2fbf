"""How a department of the demonstration gathers evidence for a rule: which files, with which captions, when."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random

from workflows.breakdown.document import BreakdownRow, NamedRequirement
from workflows.breakdown.importing import case_title
from workflows.demo import phrases
from workflows.demo.acts import Added, Excused, PartAct, Removed, Stated
from workflows.demo.files import Order
from workflows.demo.pictures import BEIJING
from workflows.demo.workdays import WorkDays

#: Papers an assisting department leaves to the one that leads.
_LEFT_TO_LEAD = frozenset({"document", "plan", "scan", "summary", "table", "report_chars", "percent_min"})
_FIGURES = frozenset({"percent_min", "count_min", "frequency"})
_CEILING = Decimal("0.88")

#: Something a collector does, at a moment in working days before now.
_Piece = Callable[[float], PartAct]


@dataclass(frozen=True)
class _Wanted:
    """One file to be made: how, its name, the length of a report, the place a photograph shows, the page it scans."""

    maker: str
    name: str
    length: int = 0
    spot: str = ""
    page: str = ""


@dataclass(frozen=True)
class Desk:
    """One department's part of a case."""

    case: int
    row: BreakdownRow
    department: str
    assists: bool
    days: WorkDays
    dice: Random

    @property
    def topic(self) -> str:
        """Give the rule in a few words."""
        return case_title(self.row.text, self.row.indicator).split("，")[0]

    @property
    def fields(self) -> tuple[str, ...]:
        """Give what the captions of photographs have to say."""
        return next((one.fields for one in self.row.requirements if one.kind == "caption_fields"), ())

    @property
    def faulty(self) -> int:
        """Give the place of the requirement that is handed in wrong at first, where something is."""
        kinds = [one.kind for one in self.row.requirements]
        return next(kinds.index(kind) for kind in ("photo_min", "report_chars", "scan", "table") if kind in kinds)


def gathered(desk: Desk, between: tuple[float, float], share: float) -> Iterator[PartAct]:
    """Gather a share of all that is asked for, evenly between two moments in days before now (the earlier first).

    Where it is not all, the caption of the last photograph is not finished either.
    """
    pieces = [piece for place, one in enumerate(desk.row.requirements) for piece in _pieces(desk, place, one)]
    acts = list(_spread(pieces[: round(len(pieces) * share)], between))
    if acts and share < 1 and isinstance(acts[-1], Added):
        acts[-1] = replace(acts[-1], caption=acts[-1].caption[:-1])
    yield from acts


def mended(desk: Desk, between: tuple[float, float], number: int) -> Iterator[PartAct]:
    """Replace what was wrong in the round before; `number` is that of the new round."""
    place = desk.faulty
    one = desk.row.requirements[place]
    wrong, right = _orders(desk, one, 1)[0], _orders(desk, one, number)[0]
    yield from _spread([_removing(desk, wrong.name), _adding(desk, place, right)], between)


def _spread(pieces: list[_Piece], between: tuple[float, float]) -> Iterator[PartAct]:
    first, last = between
    for number, piece in enumerate(pieces):
        yield piece(first - (first - last) * number / max(1, len(pieces) - 1))


def _pieces(desk: Desk, place: int, one: NamedRequirement) -> Iterator[_Piece]:
    if desk.assists and one.kind in _LEFT_TO_LEAD:
        yield lambda day: Excused(desk.days.before(day), desk.case, desk.department, place, phrases.EXCUSE)
    elif one.kind in _FIGURES:
        yield lambda day: Stated(desk.days.before(day), desk.case, desk.department, place, _reached(desk, one), phrases.SOURCE)
    else:
        for wanted in _orders(desk, one, 1):
            yield _adding(desk, place, wanted)


def _reached(desk: Desk, one: NamedRequirement) -> Decimal:
    asked = one.value or Decimal(1)
    if one.kind == "percent_min":
        # Always between what is asked for and all of it.
        return asked + ((100 - asked) * Decimal(desk.dice.randint(20, 80)) / 100).quantize(Decimal("0.1"))
    return asked + desk.dice.randint(0, 3)


def _orders(desk: Desk, one: NamedRequirement, number: int) -> list[_Wanted]:
    """Say which files a requirement takes; `number` is that of the round."""
    again = "" if number == 1 else "（补充）" if number == 2 else f"（第{number}次补充）"  # noqa: PLR2004 - the second round
    if one.kind == "photo_min":
        spots = phrases.PLACES[desk.department]
        shown = [spots[(desk.case + count + number) % len(spots)] for count in range(int(one.value or 1))]
        return [_Wanted("photo", f"{count:02d} {spot}{again}.jpg", 0, spot) for count, spot in enumerate(shown, 1)]
    if one.kind == "report_chars":
        length = int((one.value or 300) * (_CEILING if one.bound == "max" else 1))
        return [_Wanted("report", f"情况说明{again}.pdf", length)]
    if one.kind == "scan":
        pages = one.fields or (one.source_phrase,)
        makers = ["sealed_page" if "盖章" in page else "red_head" for page in pages]
        return [_Wanted(maker, f"{page}{again}.jpg", page=page) for maker, page in zip(makers, pages, strict=True)]
    if one.kind == "caption_fields":
        return []
    maker, ending = {"screenshot": ("screenshot", "png"), "table": ("table", "csv")}.get(one.kind, ("document", "docx"))
    return [_Wanted(maker, f"{one.source_phrase}{again}.{ending}")]


def _removing(desk: Desk, name: str) -> _Piece:
    return lambda day: Removed(desk.days.before(day), desk.case, desk.department, name)


def _adding(desk: Desk, place: int, wanted: _Wanted) -> _Piece:
    def added(day: float) -> PartAct:
        at, made_at = desk.days.before(day), desk.days.before(day + desk.dice.uniform(0.03, 1.2))
        scene = phrases.scene_of(desk.dice, desk.row.text, desk.department) if wanted.spot else ""
        order = Order(wanted.maker, wanted.name, desk.department, desk.topic, made_at, scene, wanted.length)
        if not wanted.spot:
            return Added(at, desk.case, desk.department, place, order, (), None, wanted.page)
        about = phrases.Shot(wanted.spot, desk.topic, made_at)
        caption = tuple((field, phrases.caption(desk.dice, field, about)) for field in desk.fields)
        return Added(at, desk.case, desk.department, place, order, caption, made_at.astimezone(BEIJING).date())

    return added
