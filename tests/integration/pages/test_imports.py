"""Importing a task table over the pages: every row is seen before anything is saved, and exactly that is saved."""

import re
from collections.abc import Callable
from io import BytesIO

import pytest
from cast import CAMPAIGN, TABLE, Cast
from sqlalchemy import func, select
from visitor import Visitor
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from models.breakdown import Campaign, TaskBreakdown
from models.evidence import Assignment
from models.people import Department

OTHER = """个性任务分解表（6分）
\t测评内容
\t考核细则
\t分值
\t责任科室
\t佐证材料

\t市容秩序
\t户外招牌整齐。
\t2
\t甲科、丁科
\t至少3张照片。

\t市容秩序
\t渣土车密闭运输。
\t3
\t各大队
\t提供检查记录。
"""

SignedIn = Callable[[str], Visitor]


def sent(client: Visitor, data: bytes, name: str = "个性任务.txt", campaign: str = "2027年测评") -> TestResponse:
    return client.post(
        "/imports/preview",
        data=MultiDict([("file", (BytesIO(data), name)), ("campaign", campaign)]),
        content_type="multipart/form-data",
    )


def shown_form(page: TestResponse) -> dict[str, str]:
    text = page.get_data(as_text=True)
    return {name: re.search(rf'name="{name}" value="([^"]*)"', text)[1] for name in ("digest", "file_name", "campaign")}  # type: ignore[index]


def count(cast: Cast, what: type) -> int:
    with cast.reading() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


def test_a_table_is_previewed_then_imported_then_waits_to_be_assigned(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    before = count(cast, Assignment)
    preview = sent(client, OTHER.encode())
    text = preview.get_data(as_text=True)
    assert preview.status_code == 200
    assert "户外招牌整齐" in text
    assert "渣土车密闭运输" in text
    assert count(cast, Assignment) == before
    saved = client.post("/imports", data=shown_form(preview))
    assert saved.status_code == 303
    done = client.get(saved.location).get_data(as_text=True)
    assert "/assignments/tables/" in done
    assert count(cast, Assignment) == before + 2
    with cast.reading() as session:
        kept = session.scalars(select(TaskBreakdown).join(Campaign).where(Campaign.name == "2027年测评")).one()
    assert kept.file_name == "个性任务.txt"
    assert cast.facilities.vault.read(kept.file_sha256) == OTHER.encode()
    assert cast.verdict().intact


def test_the_preview_says_what_is_doubtful(signed_in: SignedIn) -> None:
    text = sent(signed_in("zhao"), OTHER.encode()).get_data(as_text=True)
    assert re.search(r"5\D+6\D*分", text), "the points found stand beside the points promised"
    assert "丁科" in text.split("<table")[0], "a department nobody knows is named above the rows"
    assert "各大队" in text.split("<table")[0], "a group without members is named above the rows"


def test_a_preview_saves_nothing_in_the_database(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    before = [count(cast, one) for one in (TaskBreakdown, Campaign, Department, Assignment)]
    sent(client, OTHER.encode())
    assert [count(cast, one) for one in (TaskBreakdown, Campaign, Department, Assignment)] == before


def test_the_same_file_again_is_said_to_be_there_and_changes_nothing(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    before = count(cast, Assignment)
    preview = sent(client, TABLE.encode(), campaign=CAMPAIGN)
    assert "导入过" in preview.get_data(as_text=True)
    saved = client.post("/imports", data=shown_form(preview))
    assert saved.status_code == 303
    assert count(cast, Assignment) == before


def test_a_file_this_session_has_not_shown_cannot_be_imported(cast: Cast, signed_in: SignedIn) -> None:
    form = shown_form(sent(signed_in("zhou"), OTHER.encode()))
    before = count(cast, Assignment)
    answer = signed_in("zhao").post("/imports", data=form)
    assert answer.status_code == 409
    assert count(cast, Assignment) == before


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "empty.txt"),
        ("会议通知：周五开会。".encode(), "通知.txt"),
        (b"\x81\x00\xff\xfe\x00", "坏.txt"),
        (b"PK\x03\x04 word", "任务分解表.docx"),
        (b"", ""),
    ],
    ids=["empty", "no table", "no text", "office file", "no file chosen"],
)
def test_a_file_that_cannot_be_read_is_refused_on_the_same_page(signed_in: SignedIn, data: bytes, name: str) -> None:
    answer = sent(signed_in("zhao"), data, name, campaign="2027年测评")
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert 'value="2027年测评"' in text, "the campaign that was typed is kept"


def test_a_file_larger_than_the_limit_is_refused_in_words(signed_in: SignedIn) -> None:
    answer = sent(signed_in("zhao"), b"x" * 20_000_001)
    answer.request.input_stream.close()
    assert answer.status_code == 422
    assert "20 MB" in answer.get_data(as_text=True)


def test_a_campaign_without_a_name_is_refused(signed_in: SignedIn) -> None:
    answer = sent(signed_in("zhao"), OTHER.encode(), campaign="  ")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.get_data(as_text=True)


def test_characters_in_decomposed_or_compatibility_form_are_imported(cast: Cast, signed_in: SignedIn) -> None:
    # U+F90A is a compatibility form of 金 as old fonts wrote it; records hold composed text only.
    table = OTHER.replace("户外招牌整齐", "户外招牌\uf90a属件整齐")
    client = signed_in("zhao")
    saved = client.post("/imports", data=shown_form(sent(client, table.encode(), "re\u0301sume\u0301.txt")))
    assert saved.status_code == 303
    assert cast.verdict().intact


def test_a_path_in_the_file_name_is_left_out(signed_in: SignedIn) -> None:
    assert shown_form(sent(signed_in("zhao"), OTHER.encode(), "桌面/表.txt"))["file_name"] == "表.txt"


def test_the_start_page_lists_earlier_imports_and_offers_what_can_be_read(signed_in: SignedIn) -> None:
    text = signed_in("zhao").get("/imports").get_data(as_text=True)
    assert "任务分解表.txt" in text
    assert f'value="{CAMPAIGN}"' in text
    assert 'accept=".txt,text/plain"' in text


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen", "chu"])
def test_only_the_creation_office_imports(signed_in: SignedIn, login: str) -> None:
    client = signed_in(login)
    assert client.get("/imports").status_code == 403
    assert sent(client, OTHER.encode()).status_code == 403
    assert client.post("/imports", data={"digest": "0" * 64}).status_code == 403


def test_an_import_that_does_not_exist_is_not_found(signed_in: SignedIn) -> None:
    assert signed_in("zhao").get("/imports/00000000-0000-0000-0000-000000000000").status_code == 404
