"""Doubts somebody looked at and found to be none (看过了): they leave the list of open ones, and can come back."""

from dataclasses import replace

from engine.catalogue import N_
from engine.errors import NotFound
from workflows.breakdown.open_document import OpenDocument, row_of, table_of, with_row, with_table
from workflows.breakdown.shapes import ReadWarning

#: A doubt is about a row of a table, a table (row None), or the document (both None).
About = tuple[int | None, int | None]
_Doubts = tuple[ReadWarning, ...]


def settle(document: OpenDocument, about: About, number: int) -> OpenDocument:
    """Put the open doubt `number` among the settled ones. Raises NotFound when it is gone."""
    is_open, settled = _doubts_about(document, about)
    doubt, left = _taken(is_open, number)
    return _with_doubts(document, about, left, (*settled, doubt))


def unsettle(document: OpenDocument, about: About, number: int) -> OpenDocument:
    """Put the settled doubt `number` back among the open ones. Raises NotFound when it is gone."""
    is_open, settled = _doubts_about(document, about)
    doubt, left = _taken(settled, number)
    return _with_doubts(document, about, (*is_open, doubt), left)


def _doubts_about(document: OpenDocument, about: About) -> tuple[_Doubts, _Doubts]:
    table, row = about
    if row is not None:
        holder, place = row_of(document, row)
        found = holder.rows[place]
        return found.row.warnings, found.settled
    if table is not None:
        whole = table_of(document, table)
        return whole.table.warnings, whole.settled
    return document.warnings, document.settled


def _with_doubts(document: OpenDocument, about: About, is_open: _Doubts, settled: _Doubts) -> OpenDocument:
    table, row = about
    if row is not None:
        holder, place = row_of(document, row)
        found = holder.rows[place]
        return with_row(document, replace(found, row=replace(found.row, warnings=is_open), settled=settled))
    if table is not None:
        whole = table_of(document, table)
        return with_table(document, replace(whole, table=replace(whole.table, warnings=is_open), settled=settled))
    return replace(document, warnings=is_open, settled=settled)


def _taken(doubts: _Doubts, number: int) -> tuple[ReadWarning, _Doubts]:
    if not 0 <= number < len(doubts):
        raise NotFound(N_("This doubt is no longer there: it was settled since."))
    return doubts[number], (*doubts[:number], *doubts[number + 1 :])
