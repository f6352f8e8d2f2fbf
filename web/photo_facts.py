"""What a photo says of itself, in words: when, where and with what it was taken, and what a person should look at."""

from engine.catalogue import N_
from models.evidence import StoredFile
from web import moments
from web.language import translated
from workflows.evidence.hints import Hint, hints


def said(hint: Hint) -> str:
    """Give a hint as a sentence."""
    return translated(hint.sentence, **hint.params)


def hints_said(file: StoredFile) -> list[str]:
    """Give the hints about how a photo looks."""
    return [said(one) for one in hints(file)]


def taken(file: StoredFile) -> str:
    """Give when a photo was taken, with the zone the camera wrote, or that Beijing time is assumed."""
    if file.taken_at is None:
        return ""
    zone = file.taken_zone or translated(N_("Beijing time assumed"))
    return f"{moments.stamp(file.taken_at)} ({zone})"


def place(file: StoredFile) -> str:
    """Give where a photo was taken, in degrees."""
    if file.latitude is None or file.longitude is None:
        return ""
    north = N_("{degrees}° N") if file.latitude >= 0 else N_("{degrees}° S")
    east = N_("{degrees}° E") if file.longitude >= 0 else N_("{degrees}° W")
    parts = ((north, file.latitude), (east, file.longitude))
    return " ".join(translated(text, degrees=f"{abs(value):.5f}") for text, value in parts)
