"""What the buttons and forms of the page for looking over a table mean: each becomes one change of the document.

A button says `do` = verb and arguments parted by colons (`up:12`, `settle:3:12:0`); a form brings its fields along.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from engine.catalogue import N_
from engine.errors import Invalid
from workflows.breakdown import corrections, doubt_settling, row_moves, table_corrections
from workflows.breakdown.corrections import DepartmentWords, RowWords
from workflows.breakdown.grid import Grid
from workflows.breakdown.header import Column
from workflows.breakdown.looking_over import Change
from workflows.breakdown.open_document import OpenDocument, row_of, table_of
from workflows.breakdown.shapes import NamedRequirement
from workflows.breakdown.table_corrections import TableWords
from workflows.breakdown.wording import Wording, checked

_MOST_LINES = 100
_COMMAS = re.compile("[、，,]")
_EMPTY_LINE = "\n\n"

Fields = Mapping[str, str]


@dataclass(frozen=True)
class Order:
    """One change somebody asked for. `action`: what it is called in the history; `row`: the row it is about, if any."""

    action: str
    change: Change
    row: int | None = None


@dataclass(frozen=True)
class Asked:
    """A form as it came: the arguments of its button, its fields, and the tables of the file."""

    arguments: tuple[int, ...]
    fields: Fields
    grids: Sequence[Grid | None]

    def number(self, place: int) -> int:
        """Give an argument of the button. Raises Invalid when the button says less."""
        if place >= len(self.arguments):
            raise _unknown()
        return self.arguments[place]

    def typed(self, name: str) -> str:
        """Give a field, empty when it was not sent."""
        return self.fields.get(name, "")

    def chosen(self, name: str) -> int | None:
        """Give the key a list was set to, None for none."""
        text = self.typed(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - keys are short


def order_of(do: str, fields: Fields, grids: Sequence[Grid | None]) -> Order:
    """Read what a button or form asks for. Raises Invalid for a button there is none of."""
    verb, *rest = do.split(":")
    numbers = [int(one) for one in rest if one.isascii() and one.isdigit() and len(one) < 10]  # noqa: PLR2004 - keys are short
    maker = _ORDERS.get(verb)
    if maker is None or len(numbers) != len(rest):
        raise _unknown()
    return maker(Asked(tuple(numbers), fields, grids))


def _unknown() -> Invalid:
    return Invalid(N_("The page did not say what to do. Reload it and try again."))


def _words(asked: Asked) -> Order:
    """Save the form of a row: requirements first, so that a changed text reads them again without what was taken away."""
    key = asked.number(0)
    text = asked.typed("text")
    words = RowWords(
        asked.typed("indicator"),
        asked.typed("item_no"),
        text.replace(_EMPTY_LINE, "\n"),
        asked.typed("points"),
        asked.typed("advice"),
        asked.typed("deadline"),
    )

    def change(document: OpenDocument) -> OpenDocument:
        document = _with_demands(document, key, asked.fields)
        document = corrections.set_departments(document, key, department_lines(asked.fields))
        document = corrections.set_words(document, key, words)
        parted = _EMPTY_LINE in text.strip()
        return row_moves.split_paragraphs(document, key, text) if parted else document

    return Order("words", change, key)


def department_lines(fields: Fields) -> list[DepartmentWords]:
    """Read the departments of a row's form: `department-<n>` with `role-<n>`; what is emptied or ticked off is gone."""
    return [
        DepartmentWords(fields[f"department-{number}"], fields.get(f"role-{number}", "responsible"))
        for number in range(_MOST_LINES)
        if fields.get(f"department-{number}", "").strip() and not fields.get(f"department-off-{number}")
    ]


def _with_demands(document: OpenDocument, key: int, fields: Fields) -> OpenDocument:
    table, at = row_of(document, key)
    before = table.rows[at].row.requirements
    gone = []
    for place, demand in enumerate(before):
        if fields.get(f"demand-off-{place}"):
            gone.append(place)
        elif f"kind-{place}" in fields:
            document = corrections.set_demand(document, key, place, _demand(fields, str(place), demand))
    for place in reversed(gone):
        document = corrections.remove_demand(document, key, place)
    if fields.get("kind-new"):
        fresh = NamedRequirement("", None, None, None, None, (), None, "", "rule")
        document = corrections.set_demand(document, key, None, _demand(fields, "new", fresh))
    return document


def _demand(fields: Fields, name: str, before: NamedRequirement) -> NamedRequirement:
    """Read a requirement of a row's form; one that was left as it stood is given as it is, whatever it says."""
    listed = [one.strip() for one in _COMMAS.split(fields.get(f"fields-{name}", ""))]
    typed = replace(
        before,
        kind=fields[f"kind-{name}"],
        value=_value(fields.get(f"value-{name}", "")),
        upper=_value(fields.get(f"upper-{name}", "")),
        unit=fields.get(f"unit-{name}", "").strip() or None,
        bound=fields.get(f"bound-{name}", "") or None,
        per=fields.get(f"per-{name}", "").strip() or None,
        period=fields.get(f"period-{name}", "").strip() or None,
        fields=tuple(dict.fromkeys(one for one in listed if one)),
    )
    if typed == before:
        return before
    asked = checked(
        Wording(typed.kind, typed.value, typed.upper, typed.unit, typed.bound, typed.per, typed.period, typed.fields)
    )
    said = ("value", "upper", "unit", "bound", "per", "period", "fields")
    return replace(typed, **{part: getattr(asked, part) for part in said})


def _value(text: str) -> Decimal | None:
    plain = corrections.plain_number(text)
    if plain is None and text.strip():
        raise Invalid(N_("“{text}” is no number. Write how many, such as 5."), text=text.strip()[:40])
    return plain


def _split(asked: Asked) -> Order:
    key, at = asked.number(0), asked.number(1)
    return Order("split", lambda document: row_moves.split(document, key, at), key)


def _merge(asked: Asked) -> Order:
    key = asked.number(0)
    return Order("merge", lambda document: row_moves.merge_with_above(document, key), key)


def _up(asked: Asked) -> Order:
    return Order("move", lambda document: row_moves.move(document, asked.number(0), -1), asked.number(0))


def _down(asked: Asked) -> Order:
    return Order("move", lambda document: row_moves.move(document, asked.number(0), +1), asked.number(0))


def _to_table(asked: Asked) -> Order:
    key, table = asked.number(0), asked.number(1)
    return Order("move", lambda document: row_moves.move_to_table(document, key, table), key)


def _aside(asked: Asked) -> Order:
    return Order("delete", lambda document: row_moves.lay_aside(document, asked.number(0)))


def _back(asked: Asked) -> Order:
    return Order("restore", lambda document: row_moves.bring_back(document, asked.number(0)))


def _add(asked: Asked) -> Order:
    table, after = asked.number(0), asked.number(1) or None
    return Order("add", lambda document: row_moves.new_row(document, table, after, asked.typed("text")))


def _look_away(asked: Asked) -> Order:
    return Order("look_away", lambda document: row_moves.look_away(document, asked.number(0), settled=True))


def _look_again(asked: Asked) -> Order:
    return Order("look_again", lambda document: row_moves.look_away(document, asked.number(0), settled=False))


def _take(asked: Asked) -> Order:
    """Make a task of a text no row took, after the row that was chosen."""
    key, table = asked.number(0), asked.chosen("table")
    if table is None:
        raise Invalid(N_("Choose the table this task belongs to."))
    target = (table, asked.chosen("after"))
    return Order("mark", lambda document: row_moves.row_of_text(document, key, asked.typed("part"), target))


def _attach(asked: Asked) -> Order:
    key, row = asked.number(0), asked.chosen("after")
    if row is None:
        raise Invalid(N_("Choose the row this text belongs to."))
    target = (row, asked.typed("what"))
    return Order("mark", lambda document: row_moves.attach_text(document, key, asked.typed("part"), target), row)


def _settle(asked: Asked) -> Order:
    table, row, number = asked.number(0), asked.number(1), asked.number(2)
    change = doubt_settling.settle
    return Order("settle", lambda document: change(document, (table or None, row or None), number), row or None)


def _doubt_again(asked: Asked) -> Order:
    table, row, number = asked.number(0), asked.number(1), asked.number(2)
    change = doubt_settling.unsettle
    return Order("unsettle", lambda document: change(document, (table or None, row or None), number), row or None)


def _table(asked: Asked) -> Order:
    words = TableWords(asked.typed("title"), asked.typed("kind"), asked.typed("points_total"))
    return Order("table", lambda document: table_corrections.set_table(document, asked.number(0), words))


def _leave_out(asked: Asked) -> Order:
    return Order("leave_out", lambda document: table_corrections.leave_out(document, asked.number(0)))


def _columns(asked: Asked) -> Order:
    meanings = []
    for number in range(_MOST_LINES):
        text = asked.typed(f"column-{number}")
        if not text:
            break
        if text not in set(Column):
            raise Invalid(N_("Choose what each column is."))
        meanings.append(Column(text))
    sure = bool(asked.typed("sure"))

    def change(document: OpenDocument) -> OpenDocument:
        table = table_of(document, asked.number(0))
        lost = table_corrections.corrected_rows(table)
        if lost and not sure:
            raise Invalid(
                N_("Reading the table again gives up the corrections of {n} rows. Tick the box if you want that; undo brings them back."),
                n=lost,
            )
        return table_corrections.read_again(document, table.key, meanings, asked.grids)

    return Order("columns", change)


def _title(asked: Asked) -> Order:
    return Order("title", lambda document: table_corrections.set_title(document, asked.typed("title")))


_ORDERS: Mapping[str, Callable[[Asked], Order]] = {
    "words": _words,
    "split": _split,
    "merge": _merge,
    "up": _up,
    "down": _down,
    "move": _to_table,
    "aside": _aside,
    "back": _back,
    "add": _add,
    "away": _look_away,
    "again": _look_again,
    "take": _take,
    "attach": _attach,
    "settle": _settle,
    "unsettle": _doubt_again,
    "table": _table,
    "out": _leave_out,
    "columns": _columns,
    "title": _title,
}
