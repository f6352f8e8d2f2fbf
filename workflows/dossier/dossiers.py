"""Dossiers (卷宗): everything of one case bound into one PDF/A-3b that can be checked without us."""

from engine.verify import canonical
from workflows.dossier import layout
from workflows.dossier.dossier_contents import DossierContents
from workflows.dossier.manifest import EVENTS, MANIFEST, sheet_file
from workflows.dossier.pictures import pictures_from
from workflows.dossier.render import Attached, Rendered, Source, render
from workflows.evidence.vault import Vault

RETENTION_CODE, RETENTION = "D30", "30年"


def draw_dossier(vault: Vault, contents: DossierContents) -> Rendered:
    """Draw a dossier with everything it carries; not sealed yet. The same contents give the same bytes."""
    html = layout.html("dossier.html", book=contents, retention=RETENTION)
    sheets = [
        Attached(sheet_file(number), vault.read(sha256), "application/pdf", "Source", "签名审批单")
        for number, sha256 in enumerate(contents.sheets, start=1)
    ]
    attached = [
        Attached(MANIFEST, canonical(contents.facts), "application/json", "Data", "卷宗目录数据"),
        Attached(EVENTS, b"\n".join(contents.events) + b"\n", "application/x-ndjson", "Data", "办理记录"),
        *sheets,
    ]
    return render(Source(html, contents.at, pictures_from(vault, contents.shown), attached))
