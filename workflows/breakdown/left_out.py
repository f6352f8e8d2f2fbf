"""What was not read, said in words: tables that are no task tables, hidden rows and text, formulas without results."""

from collections.abc import Iterator, Sequence

from engine.catalogue import N_
from workflows.breakdown.grid import Skipped
from workflows.breakdown.raw_tables import LeftOut
from workflows.breakdown.shapes import Place, ReadWarning

_EXCERPT = 40
_LEFT_OUT = {
    "hidden_sheets": N_("{count} hidden sheets were left out. Show them in the file if they belong to the table."),
    "hidden_rows": N_("{count} hidden rows were left out. Show them in the file if they belong to the table."),
    "hidden_columns": N_("{count} hidden columns were left out. Show them in the file if they belong to the table."),
    "hidden_text": N_("Hidden text was left out ({count} places)."),
    "deleted_text": N_("Text deleted under tracked changes was left out ({count} places)."),
    "formulas": N_("{count} formulas have no result saved. Open the file in Excel or WPS, save it and try again."),
    "embedded": N_("{count} documents inside the document were not read."),
}


def left_out_warnings(found: Sequence[LeftOut]) -> Iterator[ReadWarning]:
    """Say what a person who looks at the file does not see either, or what no reader can take."""
    for one in found:
        place = Place(N_("sheet {sheet}"), {"sheet": one.where}) if one.where else Place(N_("the file"))
        yield ReadWarning(one.what, _LEFT_OUT[one.what], {"count": one.count}, place)


def skipped_warnings(found: Sequence[Skipped]) -> Iterator[ReadWarning]:
    """Say which tables were not read because they are no task tables."""
    for one in found:
        text = one.texts[0].text if one.texts else ""
        shown = text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
        message = N_("A table that is no task table was not read: it begins with “{text}”.")
        yield ReadWarning(one.reason, message, {"text": shown}, Place(N_("line {line}"), {"line": one.texts[0].line if one.texts else 0}))
