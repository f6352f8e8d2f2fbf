"""Hints about photos (提示): what a person should look at before handing one in or approving it. Never a refusal.

What was measured is kept with the file (`StoredFile`); what it means is decided here, so thresholds can be changed
without reading any photo again. docs/evidence-files.md says how they were found.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from engine.catalogue import N_
from engine.working_days import BEIJING
from models.evidence import StoredFile
from workflows.evidence.overlays import STAMP

#: Pixels of the longer side below which a photo is small for print and for a jury's screen.
SMALL_BELOW = 1000
#: Variance of the Laplacian, at 1024 pixels: photos of a still camera lie far above, shaken ones below.
BLURRED_BELOW = 10.0
#: JPEG quality below which compression shows as blocks.
COMPRESSED_BELOW = 40

#: Screens as screenshots show them, shorter side first, without bars at the bottom or with them.
_PHONES = {
    (640, 1136), (720, 1280), (720, 1440), (720, 1520), (720, 1560), (720, 1600), (750, 1334), (828, 1792), (1080, 1920),
    (1080, 2160), (1080, 2220), (1080, 2240), (1080, 2244), (1080, 2280), (1080, 2310), (1080, 2312), (1080, 2340),
    (1080, 2376), (1080, 2388), (1080, 2400), (1080, 2408), (1080, 2412), (1080, 2460), (1125, 2436), (1170, 2532),
    (1176, 2400), (1179, 2556), (1200, 2640), (1200, 2664), (1200, 2670), (1206, 2622), (1216, 2688), (1220, 2712),
    (1224, 2700), (1228, 2700), (1240, 2772), (1242, 2208), (1242, 2688), (1256, 2760), (1260, 2800), (1264, 2780),
    (1284, 2778), (1290, 2796), (1320, 2868), (1440, 2560), (1440, 2880), (1440, 2960), (1440, 3040), (1440, 3088),
    (1440, 3120), (1440, 3168), (1440, 3200), (1440, 3216),
}  # fmt: skip
_COMPUTERS = {
    (768, 1024), (768, 1366), (800, 1280), (864, 1536), (900, 1440), (900, 1600), (1024, 1280), (1050, 1680), (1080, 1920),
    (1200, 1920), (1440, 2560), (1600, 2560), (1620, 2160), (1640, 2360), (1668, 2388), (2048, 2732), (2160, 3840),
}  # fmt: skip
_SCREENS = _PHONES | _COMPUTERS
#: A phone's screen is far longer than any sensor of a camera: then the size alone is enough.
_LONG = 1.9

#: A camera whose clock was never set begins at one of these days.
_UNSET_BEFORE = datetime(2004, 1, 1, tzinfo=UTC)
_CLOCKS_DIFFER = timedelta(days=1)


@dataclass(frozen=True)
class Hint:
    """One hint: its code, and its sentence (a msgid filled with `params`)."""

    code: str
    sentence: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """What the time of a photo is compared with: first and last day of the campaign, when it was handed in, the typed day."""

    starts_on: date | None = None
    ends_on: date | None = None
    handed_in: datetime | None = None
    event_date: date | None = None


def hints(file: StoredFile) -> list[Hint]:
    """Give the hints about how a photo looks; none for other files."""
    return list(_hints(file)) if file.kind == "photo" else []


def _hints(file: StoredFile) -> Iterator[Hint]:
    long_side = max(file.width or 0, file.height or 0)
    if 0 < long_side < SMALL_BELOW:
        yield Hint("small", N_("Only {pixels} pixels wide or high; it may look coarse on the big screen."), {"pixels": long_side})
    if is_screenshot(file):
        yield Hint("screenshot", N_("Looks like a screenshot, not like a photo taken on the spot."))
    elif file.sharpness is not None and file.sharpness < BLURRED_BELOW:
        yield Hint("blurred", N_("May be blurred. Open it large and check."))
    if STAMP in file.overlays:
        yield Hint("stamp", N_("There seems to be a date or a watermark in a corner."))
    if file.jpeg_quality is not None and file.jpeg_quality < COMPRESSED_BELOW:
        yield Hint("compressed", N_("Strongly compressed; hand in the original of the camera where there is one."))


def is_screenshot(file: StoredFile) -> bool:
    """Say whether a picture without the notes of a camera has just the size of a screen."""
    if file.camera is not None or file.taken_at is not None or not file.width or not file.height:
        return False
    shorter, longer = sorted((file.width, file.height))
    if (shorter, longer) not in _SCREENS:
        return False
    return file.media_type == "image/png" or longer / shorter > _LONG


def time_doubts(file: StoredFile, frame: Frame) -> list[Hint]:
    """Give what speaks against the time the camera wrote. The typed day counts; this stands beside it."""
    if file.taken_at is None:
        return []
    if file.taken_at < _UNSET_BEFORE:
        return [Hint("clock_unset", N_("The clock of the camera was not set ({day})."), {"day": _day(file.taken_at)})]
    if frame.handed_in is not None and file.taken_at > frame.handed_in + _CLOCKS_DIFFER:
        sentence = N_("By the clock of the camera it was taken on {day}, after it was handed in.")
        return [Hint("future", sentence, {"day": _day(file.taken_at)})]
    return list(_compared(file.taken_at.astimezone(BEIJING).date(), frame))


def _compared(taken_on: date, frame: Frame) -> Iterator[Hint]:
    early = frame.starts_on is not None and taken_on < frame.starts_on
    late = frame.ends_on is not None and taken_on > frame.ends_on
    if early or late:
        window = {"first": str(frame.starts_on or "…"), "last": str(frame.ends_on or "…")}
        sentence = N_("By the clock of the camera it was taken on {day}, outside the campaign ({first} to {last}).")
        yield Hint("outside", sentence, {"day": taken_on.isoformat(), **window})
    if frame.event_date is not None and abs((taken_on - frame.event_date).days) > 1:
        sentence = N_("The clock of the camera says {day}, the typed day is {typed}.")
        yield Hint("differs", sentence, {"day": taken_on.isoformat(), "typed": frame.event_date.isoformat()})


def _day(moment: datetime) -> str:
    return moment.astimezone(BEIJING).date().isoformat()
