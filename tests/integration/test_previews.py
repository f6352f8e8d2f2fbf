"""Previews are made once, upright and without the place, and what cannot be pictured is recorded and left alone."""

import io
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageChops, ImageStat
from samples import camera_notes, photo, scene
from sqlalchemy import select

from engine.audit import verify
from engine.errors import Broken, NotFound
from engine.unit_of_work import Sessions, reading, utc_now
from models.audit import AuditEvent
from models.evidence import StoredFile
from workflows.evidence.previews import make_preview, page_picture
from workflows.evidence.vault import Vault

Keep = Callable[[bytes, str], str]


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vault")


@pytest.fixture
def keep(sessions: Sessions, vault: Vault) -> Keep:
    """Put a file into the vault and the database, as intake does."""

    def kept(content: bytes, kind: str) -> str:
        stored = vault.put_bytes(content)
        with sessions.begin() as session:
            session.add(StoredFile(sha256=stored.sha256, size=stored.size, media_type="x/y", kind=kind, created_at=utc_now()))
        return stored.sha256

    return kept


def paper(pages: int, size: tuple[int, int] = (595, 842)) -> bytes:
    made, content = pikepdf.new(), io.BytesIO()
    for number in range(pages):
        page = made.add_blank_page(page_size=size)
        # A black bar as high as the number of the page in hundreds of points.
        page.Contents = made.make_stream(f"0 0 {size[0]} {100 * (number + 1)} re f".encode())
    made.save(content)
    return content.getvalue()


def pictures(sessions: Sessions, vault: Vault, sha256: str) -> tuple[Image.Image, Image.Image]:
    with reading(sessions) as session:
        file = session.get_one(StoredFile, sha256)
    assert file.view_sha256 is not None
    assert file.thumbnail_sha256 is not None
    view, thumbnail = (Image.open(io.BytesIO(vault.read(digest))) for digest in (file.view_sha256, file.thumbnail_sha256))
    return view, thumbnail


def actions(sessions: Sessions) -> list[str]:
    with reading(sessions) as session:
        assert verify(session).intact
        return list(session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def difference(one: Image.Image, other: Image.Image) -> float:
    small = [image.convert("RGB").resize((64, 64)) for image in (one, other)]
    return max(ImageStat.Stat(ImageChops.difference(*small)).mean)


def test_a_photo_gets_a_thumbnail_and_a_view(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sha256 = keep(photo(scene(4000, 3000)), "photo")
    make_preview(sessions, vault, sha256)
    view, thumbnail = pictures(sessions, vault, sha256)
    assert (view.format, view.size, thumbnail.format, thumbnail.size) == ("JPEG", (1600, 1200), "JPEG", (480, 360))
    assert difference(view, scene(4000, 3000)) < 4
    assert actions(sessions) == ["preview.made"]


def test_a_preview_is_turned_upright_and_says_nothing_of_the_place(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    place = ((30.0, 35.0, 24.0), "N", (114.0, 18.0, 18.0), "E")
    notes = camera_notes(orientation=6, place=place, camera=("HUAWEI", "P40"))
    sha256 = keep(photo(scene().transpose(Image.Transpose.ROTATE_90), exif=notes, quality=95), "photo")
    make_preview(sessions, vault, sha256)
    for picture in pictures(sessions, vault, sha256):
        assert not picture.getexif()
        assert "exif" not in picture.info
        assert difference(picture, scene()) < 4
    assert pictures(sessions, vault, sha256)[0].size == (800, 600)


def test_a_pdf_shows_its_first_page(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sha256 = keep(paper(2), "pdf")
    make_preview(sessions, vault, sha256)
    view, thumbnail = pictures(sessions, vault, sha256)
    assert view.size == (1190, 1684)  # A4 at 144 dots to the inch
    assert max(thumbnail.size) == 480
    assert view.getpixel((600, 1684 - 150)) == (0, 0, 0)
    assert view.getpixel((600, 1684 - 250)) == (255, 255, 255)


def test_a_document_of_no_kind_we_know_gets_no_picture(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    make_preview(sessions, vault, keep(b"a report", "document"))
    assert actions(sessions) == ["preview.failed"]


def test_made_twice_is_made_once(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sha256 = keep(photo(), "photo")
    make_preview(sessions, vault, sha256)
    make_preview(sessions, vault, sha256)
    assert actions(sessions) == ["preview.made"]


def test_a_lost_preview_is_made_again_and_is_the_same(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sha256 = keep(photo(), "photo")
    make_preview(sessions, vault, sha256)
    with reading(sessions) as session:
        lost = session.get_one(StoredFile, sha256).view_sha256
    assert lost is not None
    vault.path(lost).unlink()
    make_preview(sessions, vault, sha256)
    assert pictures(sessions, vault, sha256)[0].size == (800, 600)
    assert actions(sessions) == ["preview.made"]


@pytest.mark.parametrize(("content", "kind"), [(b"no photo at all", "photo"), (photo()[:3000], "photo"), (b"%PDF-1.7 no", "pdf"), (paper(0), "pdf")])
def test_a_file_no_picture_can_be_made_of_is_recorded_and_not_tried_for_ever(
    sessions: Sessions, vault: Vault, keep: Keep, content: bytes, kind: str
) -> None:
    sha256 = keep(content, kind)
    make_preview(sessions, vault, sha256)  # ends well, so the queue does not try again
    assert actions(sessions) == ["preview.failed"]
    with reading(sessions) as session:
        assert session.get_one(StoredFile, sha256).view_sha256 is None


def test_no_preview_is_made_of_a_damaged_original(sessions: Sessions, vault: Vault, keep: Keep) -> None:
    sha256 = keep(photo(), "photo")
    path = vault.path(sha256)
    path.chmod(0o600)
    path.write_bytes(photo(scene(80, 60)))
    with pytest.raises(Broken):
        make_preview(sessions, vault, sha256)
    assert actions(sessions) == []


def test_a_job_for_an_unknown_file_says_so(sessions: Sessions, vault: Vault) -> None:
    with pytest.raises(NotFound):
        make_preview(sessions, vault, "0" * 64)


def test_any_page_can_be_shown(vault: Vault) -> None:
    sha256 = vault.put_bytes(paper(3)).sha256
    picture = Image.open(io.BytesIO(page_picture(vault, sha256, 3)))
    assert picture.size == (1190, 1684)
    assert picture.getpixel((600, 1684 - 550)) == (0, 0, 0)
    assert picture.getpixel((600, 1684 - 650)) == (255, 255, 255)


def test_a_page_is_drawn_once(vault: Vault) -> None:
    sha256 = vault.put_bytes(paper(1)).sha256
    first = page_picture(vault, sha256, 1)
    vault.path(sha256).unlink()  # so that it cannot be drawn again
    assert page_picture(vault, sha256, 1) == first


def test_a_damaged_picture_of_a_page_is_drawn_again(vault: Vault) -> None:
    sha256 = vault.put_bytes(paper(1)).sha256
    first = page_picture(vault, sha256, 1)
    (kept,) = (vault.root / "pages").rglob("*.jpg")
    content = bytearray(kept.read_bytes())
    content[-100] ^= 1
    kept.write_bytes(content)
    assert page_picture(vault, sha256, 1) == first


@pytest.mark.parametrize("page", [0, -1, 3])
def test_a_page_that_is_not_there_is_not_found(vault: Vault, page: int) -> None:
    with pytest.raises(NotFound, match=f"no page {page}"):
        page_picture(vault, vault.put_bytes(paper(2)).sha256, page)


def test_a_pdf_nobody_can_draw_is_not_found(vault: Vault) -> None:
    with pytest.raises(NotFound, match="No picture can be made of page 1"):
        page_picture(vault, vault.put_bytes(b"%PDF-1.7 no").sha256, 1)


def test_a_page_of_a_damaged_pdf_is_never_shown(vault: Vault) -> None:
    sha256 = vault.put_bytes(paper(1)).sha256
    vault.path(sha256).chmod(0o600)
    vault.path(sha256).write_bytes(paper(2))
    with pytest.raises(Broken):
        page_picture(vault, sha256, 1)
