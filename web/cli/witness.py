"""`juanzong audit witness`: people outside who watch the log; what goes to them and what comes back."""

from pathlib import Path

import click
from sqlalchemy import func, select

from engine import sequencer, witnesses
from engine.catalogue import N_
from engine.errors import Invalid
from engine.unit_of_work import work
from models.transparency import AuditCosignature, AuditWitness
from web.cli.terminal import json_option, operator, say, show, show_json, words
from web.house import own_house

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group()
def witness() -> None:
    """Witnesses of the log (见证方): each keeps what it saw and signs that the log only grew."""


@witness.command()
@click.argument("vkey")
def add(vkey: str) -> None:
    """Take in a witness by the public key that `verify.py witness new` printed."""
    with own_house() as opened, work(opened.site.sessions, operator()) as unit:
        made = witnesses.add_witness(unit, vkey)
    say(words(N_("The witness {name} was taken in."), name=made.name))


@witness.command()
@click.option("--name", required=True, help="the witness")
@click.option("-o", "--output", required=True, type=_FILE)
def export(name: str, output: Path) -> None:
    """Write what a witness is asked to cosign; carry it there, on a stick if need be."""
    with own_house() as opened:
        sequencer.sequence_all(opened.site.sessions, opened.site.facilities.log)
        with work(opened.site.sessions, operator()) as unit:
            request = witnesses.request_for(unit, name)
    output.write_text(request, encoding="utf-8")
    say(words(N_("The request was written to {file}. There: python verify.py witness cosign {file} --key KEY --seen SEEN -o COSIGNED"), file=str(output)))


@witness.command()
@click.argument("file", type=_FILE)
def record(file: Path) -> None:
    """Take in the state a witness cosigned."""
    try:
        note = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise Invalid(N_("{name} cannot be opened. Check the path and that you may read it."), name=str(file)) from problem
    with own_house() as opened, work(opened.site.sessions, operator()) as unit:
        made = [(one.witness, one.size) for one in witnesses.record_cosignatures(unit, note)]
    for name, size in made:
        say(words(N_("{name} has cosigned the state of {size} entries."), name=name, size=size))
    if not made:
        say(words(N_("Nothing new: these cosignatures are recorded already.")))


@witness.command(name="list")
@json_option
def show_all(*, as_json: bool) -> None:
    """Show the witnesses and what each signed last."""
    with own_house() as opened, opened.site.reading() as session:
        query = (
            select(AuditWitness.name, AuditWitness.vkey, func.max(AuditCosignature.size), func.max(AuditCosignature.cosigned_at))
            .outerjoin(AuditCosignature, AuditCosignature.witness == AuditWitness.name)
            .group_by(AuditWitness.name)
            .order_by(AuditWitness.name)
        )
        found = session.execute(query).all()
    if as_json:
        rows = [{"name": name, "vkey": vkey, "size": size, "at": at.isoformat() if at else None} for name, vkey, size, at in found]
        show_json({"witnesses": rows})
        return
    for name, vkey, size, at in found:
        last = words(N_("{size} entries, {at}"), size=size, at=f"{at:%Y-%m-%d %H:%M} UTC") if at else words(N_("nothing cosigned yet"))
        show(f"{name}  {last}  {vkey}")
    if not found:
        say(words(N_("The log has no witness yet. On the machine of one: python verify.py witness new NAME -o witness.key")))
