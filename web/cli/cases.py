"""`juanzong cases`: what is where."""

import click
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from engine.catalogue import N_
from models.breakdown import Rule
from models.evidence import Assignment, AssignmentState, Contribution
from web import moments, words
from web.cli.terminal import json_option, show, show_json
from web.cli.terminal import words as worded
from web.house import own_house
from workflows.lifecycle.words import PROCESS_KEY


@click.command()
@click.option("--state", type=click.Choice([state.value for state in AssignmentState]), help="only cases in this state")
@click.option("--kind", type=click.Choice(sorted(words.TABLE_KINDS)), help="only cases of tables of this kind")
@json_option
def cases(state: str | None, kind: str | None, *, as_json: bool) -> None:
    """List the cases and where they stand."""
    query = (
        select(Assignment)
        .options(
            joinedload(Assignment.rule).joinedload(Rule.table),
            selectinload(Assignment.contributions).joinedload(Contribution.department),
        )
        .order_by(Assignment.no)
    )
    if state:
        query = query.where(Assignment.state == state)
    with own_house() as opened, opened.site.reading() as session:
        found = [_described(one) for one in session.scalars(query) if kind is None or one.rule.table.kind == kind]
    if as_json:
        show_json({"cases": found})
        return
    for one in found:
        state_words = worded(words.CASE_STATES[str(one["state"])][0])
        show(f"{one['no']}  {state_words}  {one['due'] or '-'}  {one['title']}")
    show(worded(N_("{count} cases"), count=len(found)))


def _described(assignment: Assignment) -> dict[str, object]:
    return {
        "no": assignment.no,
        "title": assignment.title,
        "kind": assignment.rule.table.kind,
        "process": PROCESS_KEY,
        "state": assignment.state,
        "departments": [part.department.name for part in assignment.contributions],
        "due": moments.day(assignment.due_at) if assignment.due_at else None,
    }
