"""The archive over the pages: finding cases, reading a dossier, and checking a paper somebody brings."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from urllib.parse import unquote

import pytest
from cast import CAMPAIGN, POSTERS, STREETS, VOLUNTEERS, Cast
from papers import to_archive
from PIL import Image
from sqlalchemy import select, text, update
from visitor import Visitor
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from models.breakdown import Campaign
from models.dossier import ApprovalSheet, Dossier
from models.evidence import Assignment
from workflows.lifecycle.archive import archive_case

SignedIn = Callable[[str], Visitor]


def found(page: TestResponse) -> list[str]:
    """Give the numbers of the cases a list shows, in its order."""
    return re.findall(r'<span class="reference">(CJ-[\d-]+)</span>', page.get_data(as_text=True))


def lights(page: str) -> list[str]:
    return re.findall(r'<span class="unseen">(通过|不通过|未核验)</span>', page)


def handed_in(client: Visitor, data: bytes, name: str = "卷宗.pdf") -> TestResponse:
    answer = client.post("/verify", data=MultiDict([("file", (BytesIO(data), name))]), content_type="multipart/form-data")
    answer.request.input_stream.close()
    return answer


@pytest.fixture
def archived(cast: Cast) -> Cast:
    """Give the cast with one dossier of one department."""
    archive_case(cast.sessions, cast.facilities, to_archive(cast, POSTERS, ["丙科"]))
    return cast


def sealed(cast: Cast, no: str = POSTERS) -> bytes:
    with cast.reading() as session:
        query = select(Dossier.pdf_sha256).join(Assignment, Assignment.id == Dossier.assignment_id).where(Assignment.no == no)
        return cast.facilities.vault.read(session.scalars(query).one())


def test_a_dossier_is_found_read_and_checked(archived: Cast, signed_in: SignedIn) -> None:
    client = signed_in("feng")
    assert found(client.get("/archive")) == [POSTERS]
    answer = client.get(f"/archive/{POSTERS}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "0001-WS·2026-D30-CWB-0001" in page
    assert "王芳" in page
    assert "赵敏" in page
    assert lights(page) == []
    assert lights(client.get(f"/archive/{POSTERS}?verify=1").get_data(as_text=True)) == ["通过"] * 6


def test_the_pdf_comes_as_it_was_sealed_and_under_a_name_in_words(archived: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    shown = client.get(f"/archive/{POSTERS}/dossier.pdf")
    assert (shown.mimetype, shown.data) == ("application/pdf", sealed(archived))
    assert shown.headers["Content-Disposition"].startswith("inline")
    shown.close()
    with client.get(f"/archive/{POSTERS}/dossier.pdf?download=1") as answer:
        saved = answer.headers["Content-Disposition"]
    assert saved.startswith("attachment")
    assert "0001-WS·2026-D30-CWB-0001 公益广告上墙" in unquote(saved)


def test_every_page_of_a_dossier_has_a_picture(archived: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    pictures = re.findall(rf"/archive/{POSTERS}/pages/\d+\.jpg", client.get(f"/archive/{POSTERS}").get_data(as_text=True))
    assert len(pictures) >= 3
    for address in (pictures[0], pictures[-1]):
        answer = client.get(address)
        assert Image.open(BytesIO(answer.data)).height > 1000
    assert client.get(f"/archive/{POSTERS}/pages/{len(pictures) + 1}.jpg").status_code == 404
    assert client.get(f"/archive/{POSTERS}/pages/0.jpg").status_code == 404


def test_a_genuine_dossier_passes_all_six_lights(archived: Cast, signed_in: SignedIn) -> None:
    answer = handed_in(signed_in("qian"), sealed(archived))
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert 'class="verdict ok"' in page
    assert lights(page) == ["通过"] * 6


def test_a_dossier_with_one_changed_byte_does_not_pass(archived: Cast, signed_in: SignedIn) -> None:
    data = bytearray(sealed(archived))
    data[len(data) // 3] ^= 1
    page = handed_in(signed_in("qian"), bytes(data)).get_data(as_text=True)
    assert 'class="verdict bad"' in page
    assert "不通过" in lights(page)


def test_a_dossier_whose_case_was_rewritten_in_the_log_does_not_pass(archived: Cast, signed_in: SignedIn) -> None:
    data = sealed(archived)
    with archived.sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(f"UPDATE audit_event SET body = body || ' '::bytea WHERE chain_id = 'case:{POSTERS}' AND seq = 2"))
    page = handed_in(signed_in("qian"), data).get_data(as_text=True)
    assert lights(page) == ["通过"] * 5 + ["不通过"]


def test_an_approval_sheet_cut_back_to_its_first_signature_does_not_pass(archived: Cast, signed_in: SignedIn) -> None:
    with archived.reading() as session:
        sheet = session.scalars(select(ApprovalSheet)).one()
        first = archived.facilities.vault.read(sheet.signatures[0].pdf_sha256)
        whole = archived.facilities.vault.read(sheet.current_sha256)
    client = signed_in("qian")
    assert 'class="verdict ok"' in handed_in(client, whole).get_data(as_text=True)
    page = handed_in(client, first).get_data(as_text=True)
    assert 'class="verdict bad"' in page


@pytest.mark.parametrize(
    ("data", "name"), [(b"", ""), (b"hello", "notes.txt"), (b"%PDF-1.7\n" + b"<<" * 200_000 + b"\n%%EOF", "nested.pdf")], ids=["none", "text", "hostile"]
)
def test_what_is_no_paper_of_ours_is_said_so_on_the_same_page(signed_in: SignedIn, data: bytes, name: str) -> None:
    answer = handed_in(signed_in("qian"), data, name)
    page = answer.get_data(as_text=True)
    assert answer.status_code in {200, 422}
    assert 'role="alert"' in page or 'class="verdict bad"' in page


def test_a_dossier_of_several_departments_is_for_those_who_see_all_of_it(cast: Cast, signed_in: SignedIn) -> None:
    archive_case(cast.sessions, cast.facilities, to_archive(cast, STREETS, ["甲科", "乙科"]))
    expected = {"chen": 200, "qian": 403, "zheng": 404, "chu": 404}
    for login, status in expected.items():
        client = signed_in(login)
        for path in (f"/archive/{STREETS}", f"/archive/{STREETS}/dossier.pdf", f"/archive/{STREETS}/pages/1.jpg"):
            with client.get(path) as answer:
                assert answer.status_code == status, (login, path)


def test_a_department_reads_the_dossier_it_delivered_alone(archived: Cast, signed_in: SignedIn) -> None:
    assert signed_in("zheng").get(f"/archive/{POSTERS}").status_code == 200


def test_a_case_that_is_not_archived_has_no_dossier(cast: Cast, signed_in: SignedIn) -> None:
    assert signed_in("zhao").get(f"/archive/{POSTERS}").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=公益广告", [POSTERS]),
        ("q=CJ-2026-0003", [VOLUNTEERS]),
        ("q=街面秩序", [STREETS]),
        ("q=甲科", [VOLUNTEERS, STREETS]),
        ("q=甲科 志愿", [VOLUNTEERS]),
        ("q=100%25", []),
        ("q=_", []),
        ("state=collecting", [VOLUNTEERS, STREETS]),
        ("state=overdue", [STREETS]),
        ("state=open&q=志愿", [VOLUNTEERS]),
        ("state=closed", []),
        ("state=nonsense", []),
        ("state=overdue&year=99999999999", [STREETS]),
        ("q=公益&year=2026", [POSTERS]),
        ("q=公益&year=2025", []),
    ],
)
def test_cases_are_found(cast: Cast, signed_in: SignedIn, query: str, expected: list[str]) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.assign(VOLUNTEERS, ["甲科", "丙科"])
    with cast.sessions.begin() as session:
        session.execute(update(Assignment).where(Assignment.no == STREETS).values(due_at=datetime.now(UTC) - timedelta(days=1)))
    assert found(signed_in("zhao").get(f"/archive?{query}")) == expected


def test_cases_are_found_by_department_and_campaign(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    client = signed_in("chen")
    with cast.reading() as session:
        campaign = session.scalars(select(Campaign.id).where(Campaign.name == CAMPAIGN)).one()
    assert found(client.get(f"/archive?department={cast.department('乙科')}")) == [STREETS]
    assert found(client.get(f"/archive?department={cast.department('丙科')}")) == []
    page = client.get(f"/archive?campaign={campaign}")
    assert len(found(page)) == 4
    assert CAMPAIGN in page.get_data(as_text=True)


def test_nobody_finds_a_case_that_is_not_for_them(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    assert found(signed_in("qian").get("/archive?q=")) == [STREETS]
    assert found(signed_in("zheng").get("/archive?q=")) == []
    assert found(signed_in("chu").get("/archive?q=街面")) == []


def test_what_was_searched_for_stays_in_the_form(signed_in: SignedIn) -> None:
    page = signed_in("zhao").get("/archive?q=%22街面%22&state=overdue").get_data(as_text=True)
    assert 'value="&#34;街面&#34;"' in page
    assert re.search(r'value="overdue" selected', page)
    assert html.unescape('href="/archive"') in page, "a search without result offers the way back"


def test_a_page_beyond_the_last_shows_the_last(signed_in: SignedIn) -> None:
    assert len(found(signed_in("zhao").get("/archive?state=&page=99"))) == 4
