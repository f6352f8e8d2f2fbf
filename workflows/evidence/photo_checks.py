"""The checks on photos: how many, for each place or event that is counted, and what their captions must say."""

from collections.abc import Iterator, Sequence

from engine.catalogue import N_
from workflows.evidence.demands import Demand, Finding, Gathered, Item, filed
from workflows.evidence.policy import Frame


def photos(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check a number of photos; the same photo twice is one photo."""
    del frame
    own = [item for item in filed(demand, gathered) if item.kind == "photo"]
    if demand.subjects:
        yield from _by_subject(demand, own)
    else:
        yield from _counted(demand, own)
    yield from captions(demand.fields, own)


def caption_fields(demand: Demand, gathered: Gathered, frame: Frame) -> Iterator[Finding]:
    """Check the captions of every photo of the case."""
    del frame
    yield from captions(demand.fields, [item for item in gathered.items if item.kind == "photo"])


def captions(fields: Sequence[str], own: Sequence[Item]) -> Iterator[Finding]:
    """Check that each photo says what is asked for; one finding for a photo, naming the first field it lacks."""
    for number, photo in enumerate(own, start=1):
        lacking = [name for name in fields if not photo.caption.get(name, "").strip()]
        if lacking:
            params = {"number": number, "field": lacking[0]}
            yield Finding("caption", N_("Photo {number} has no “{field}” yet."), params, photo.id)


def distinct(items: Sequence[Item]) -> int:
    """Count files, the same bytes once."""
    return len({item.sha256 for item in items})


def _counted(demand: Demand, own: Sequence[Item]) -> Iterator[Finding]:
    have = distinct(own)
    if demand.value is not None and demand.bound == "max":
        if have > demand.value:
            params = {"count": have, "limit": int(demand.value)}
            yield Finding("photo_limit", N_("{count} photos are here; {limit} are the limit."), params)
        if have:
            return
    needed = 1 if demand.bound == "max" else int(demand.value or 1)
    if have < needed:
        code = "photo_any" if demand.value is None or demand.bound == "max" else "photo_count"
        yield Finding(code, N_("{count} more photos are needed."), {"count": needed - have}, lacking=needed - have)


def _by_subject(demand: Demand, own: Sequence[Item]) -> Iterator[Finding]:
    needed = int(demand.value or 1)
    for subject in demand.subjects:
        missing = needed - distinct([one for one in own if one.subject == subject])
        if missing > 0:
            params = {"subject": subject, "count": missing}
            yield Finding("subject_count", N_("{subject}: {count} more photos are needed."), params, lacking=missing)
    for number, photo in enumerate(own, start=1):
        if photo.subject not in demand.subjects:
            sentence = N_("Photo {number} does not say which one it shows: {subjects}.")
            params = {"number": number, "subjects": "、".join(demand.subjects)}
            yield Finding("subject_unnamed", sentence, params, photo.id)
