"""The verdicts on the audit log in words: intact, or which record is false, how, and where to look."""

from typing import Any

from flask import url_for

from engine.catalogue import N_
from web import moments
from web.language import translated
from workflows.audit_checks import CaseCheck, Check, FalseEntry

#: What is wrong with a false record, by the code the check gives it.
FAULTS = {
    "not_json": N_("its content is not readable as a record"),
    "not_canonical": N_("it is not written in the fixed form of records"),
    "hash": N_("its content was changed after it was written"),
    "sequence": N_("a record before it is missing, or one was put in"),
    "link": N_("it does not follow from the record before it"),
    "columns": N_("the columns used for searching were changed"),
    "tail": N_("records at the end were cut off or added"),
    "state": N_("the stored state of the case was changed without a record"),
    "leaf": N_("the log holds another record at its place"),
    "unlogged": N_("it was put in later: the log has no place for it"),
    "gone": N_("a record that stood in the log is no longer there"),
    "root": N_("the records up to here do not give the state of the log that was signed"),
    "checkpoint": N_("the signature under this state of the log is wrong"),
    "rolled_back": N_("more records were signed than are here: an old copy of the database was put back, or records were cut off"),
}
_CASE = "case:"
_KINDS = {"campaign": N_("Campaign"), "process": N_("Process"), "import": N_("Task table")}
_CHAINS = {
    "people": N_("people"),
    "departments": N_("departments"),
    "audit": N_("audit"),
    "log": N_("log"),
    "access": N_("access"),
    "files": N_("files"),
    "vault": N_("vault"),
    "imports": N_("task tables"),
    "official_papers": N_("official papers"),
    "demonstration": N_("demonstration city"),
}


def chain_name(chain: str) -> str:
    """Name a chain as people do: the number of the case, or the area of the house."""
    if chain.startswith(_CASE):
        return chain.removeprefix(_CASE)
    known = _CHAINS.get(chain) or _KINDS.get(chain.partition(":")[0])
    return translated(known) if known else chain


def chain_href(chain: str) -> str:
    """Give the trail of the case a chain belongs to; empty for the other chains."""
    return url_for("trail.trail", no=chain.removeprefix(_CASE)) if chain.startswith(_CASE) else ""


def fault_sentence(false: FalseEntry) -> str:
    """Say which record is false and how."""
    text = N_("{chain}, record {seq}: {fault}")
    return translated(text, chain=chain_name(false.chain), seq=false.seq, fault=translated(FAULTS[false.code]))


def case_verdict(check: CaseCheck) -> dict[str, Any]:
    """Give the verdict panel of one case."""
    figures = [(translated(N_("Records")), check.events)]
    if check.first_false is None:
        title, text = N_("The chain of this case is intact"), N_("Every record follows from the one before it and matches the present state of the case.")
        return {"state": "ok", "title": translated(title), "text": translated(text), "figures": figures}
    title = N_("The chain of this case is broken")
    return {"state": "bad", "title": translated(title), "text": fault_sentence(check.first_false), "figures": figures}


def full_verdict(check: Check) -> dict[str, Any]:
    """Give the verdict panel of a full check."""
    figures = [
        (translated(N_("Chains")), check.chains),
        (translated(N_("Records")), check.events),
        (translated(N_("Checked")), moments.stamp(check.at)),
    ]
    if check.intact:
        text = N_("Every record follows from the one before it, and every case is in the state last recorded.")
        return {"state": "ok", "title": translated(N_("All records are intact")), "text": translated(text), "figures": figures}
    first = fault_sentence(check.findings[0])
    text = translated(N_("First false record: {fault}."), fault=first)
    title = translated(N_("{n} chains are broken"), n=len(check.findings))
    return {"state": "bad", "title": title, "text": text, "figures": figures}
