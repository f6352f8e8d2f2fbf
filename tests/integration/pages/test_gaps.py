"""The gap board: what departments owe, for those who may see it, as a page and as a workbook."""

from collections.abc import Callable
from io import BytesIO

from cast import POSTERS, STREETS, Cast
from openpyxl import load_workbook
from visitor import Visitor

SignedIn = Callable[[str], Visitor]


def rows_of(data: bytes, sheet: int) -> list[list[str]]:
    """Give the cells of a sheet without its head."""
    book = load_workbook(BytesIO(data))
    return [[str(cell or "") for cell in row] for row in list(book.worksheets[sheet].iter_rows(values_only=True))[1:]]


def test_it_works(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    page = signed_in("zhao").get("/board/gaps")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert text.count("还缺 2 张照片。") == 2
    assert "街面秩序" in text
    assert "light-red" in text


def test_the_workbook_says_the_same_and_runs_nothing(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.assign(POSTERS, ["丙科"])
    answer = signed_in("chen").get("/board/gaps.xlsx")
    listed = rows_of(answer.data, 0)
    assert listed[0][:2] == ["甲科", "街面秩序"]
    assert any("还缺 2 张照片" in row[9] for row in listed)
    assert not any(cell.startswith(("=", "+", "@")) for row in listed for cell in row)
    board = rows_of(answer.data, 1)
    assert [row[:2] for row in board] == [["甲科", "街面秩序"], ["丙科", "宣传氛围"]]
    assert board[0][2].endswith("缺少")


def test_what_was_handed_in_counts_as_it_was_frozen(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    cast.gather(STREETS, "甲科")
    cast.submit(STREETS, "甲科")
    text = signed_in("zhao").get("/board/gaps").get_data(as_text=True)
    assert text.count("还缺 2 张照片。") == 1


def test_a_department_sees_its_own_gaps_only(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    text = signed_in("qian").get("/board/gaps").get_data(as_text=True)
    assert "甲科" in text
    assert "乙科" not in text.split("<main", 1)[1]


def test_filters_narrow_the_list_and_an_unknown_campaign_is_refused(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科", "乙科"])
    visitor = signed_in("zhao")
    own = visitor.get(f"/board/gaps?department={cast.department('甲科')}").get_data(as_text=True)
    assert own.count("还缺 2 张照片。") == 1
    assert visitor.get("/board/gaps?light=amber").get_data(as_text=True).count("还缺 2 张照片。") == 0
    assert visitor.get("/board/gaps?campaign=6f1c1f3e-0000-4000-8000-000000000000").status_code == 404


def test_the_office_sets_a_check_and_everybody_reads_it(cast: Cast, signed_in: SignedIn) -> None:
    campaign = cast.case(STREETS).campaign_id
    visitor = signed_in("zhao")
    address = f"/campaigns/{campaign}/checks"
    answer = visitor.post(f"{address}/photo_count", data={"severity": "warn", "reason": "试点阶段"})
    assert answer.status_code == 303
    assert "试点阶段" in signed_in("qian").get(address).get_data(as_text=True)
    refused = visitor.post(f"{address}/photo_count", data={"severity": "waive", "reason": " "})
    assert refused.status_code == 422
    assert "请说明与默认设置不同的理由" in refused.get_data(as_text=True)
    assert visitor.post(f"{address}/photo_count", data={"severity": "loud", "reason": "x"}).status_code == 404
    assert visitor.post(f"{address}/no_such", data={"severity": "warn", "reason": "x"}).status_code == 404
    assert signed_in("qian").post(f"{address}/photo_count", data={"severity": "warn", "reason": "x"}).status_code == 403
    assert signed_in("qian").get("/campaigns/6f1c1f3e-0000-4000-8000-000000000000/checks").status_code == 404
