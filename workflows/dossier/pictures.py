"""The pictures a document shows: views of at most 1600 pixels, never the originals themselves."""

from collections.abc import Iterable
from io import BytesIO

from PIL import Image, ImageOps
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.evidence import StoredFile
from workflows.dossier.render import Pictures
from workflows.evidence.vault import Vault

LONG_SIDE = 1600
_QUALITY = 82


def showable(session: Session, digests: Iterable[str]) -> dict[str, str]:
    """Say which of these files can be shown, and from which file in the vault: the view, or a photo itself."""
    wanted = select(StoredFile).where(StoredFile.sha256.in_(list(digests)))
    shown = {}
    for file in session.scalars(wanted):
        if file.view_sha256 is not None:
            shown[file.sha256] = file.view_sha256
        elif file.kind == "photo":
            shown[file.sha256] = file.sha256
    return shown


def pictures_from(vault: Vault, shown: dict[str, str]) -> Pictures:
    """Give the pictures of these files and of no others."""

    def picture(sha256: str) -> bytes:
        source = shown[sha256]
        data = vault.read(source)
        return data if source != sha256 else view_of(data)

    return picture


def view_of(photo: bytes) -> bytes:
    """Give a photo as a JPEG of at most 1600 pixels, turned as it was taken, without its metadata."""
    with Image.open(BytesIO(photo)) as image:
        image.draft("RGB", (LONG_SIDE, LONG_SIDE))  # decodes a JPEG at a fraction of its size
        turned = ImageOps.exif_transpose(image).convert("RGB")
        turned.thumbnail((LONG_SIDE, LONG_SIDE))
        out = BytesIO()
        turned.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()
