"""The pages of comparisons: two tables chosen, pairs settled, carried over by choice, refused beside the line, given as a workbook."""

from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from cast import STREETS, Cast
from looking_desk import words
from lxml import html
from openpyxl import load_workbook
from two_editions import NEXT_CAMPAIGN, NEXT_STREETS, NEXT_VOLUNTEERS, TwoEditions, compared, import_next
from visitor import Visitor
from werkzeug.test import TestResponse

from workflows.breakdown.requirements import add_requirement
from workflows.breakdown.wording import Wording

SignedIn = Callable[[str], Visitor]


class Table:
    """Somebody of the office at the page of a comparison, using its forms as a browser does."""

    def __init__(self, client: Visitor, two: TwoEditions) -> None:
        self.client, self.two = client, two
        self.address = f"/editions/{two.edition}"
        self.answer = client.get(self.address)

    @property
    def page(self) -> html.HtmlElement:
        return html.fromstring(self.answer.get_data(as_text=True))

    def line(self, part: str) -> html.HtmlElement:
        """Give the line in which `part` stands."""
        sides = ".//*[@class='edition-side']"
        (found,) = [one for one in self.page.xpath("//article") if any(part in side.text_content() for side in one.xpath(sides))]
        return found

    def press(self, part: str, order: str, **fields: str) -> TestResponse:
        """Send a form of the line with `part` in it, with fields filled in; a redirect is followed."""
        (form,) = self.line(part).xpath(f".//form[contains(@action, '/{order}#')]")
        (button,) = form.xpath(".//button")
        sent = {**dict(form.form_values()), **fields}
        if button.get("name"):
            sent[button.get("name")] = button.get("value")
        return self.send(order, **sent)

    def send(self, order: str, **fields: str) -> TestResponse:
        answer = self.client.post(f"{self.address}/{order}", data=fields)
        self.answer = self.client.get(answer.location) if answer.status_code == 303 else answer
        return answer


@pytest.fixture
def table(cast: Cast, signed_in: SignedIn) -> Table:
    """Give somebody of the office at a comparison just made."""
    return Table(signed_in("zhao"), compared(cast))


def marked(line: html.HtmlElement, sign: str) -> list[str]:
    return [one.text_content() for one in line.iter(sign)]


def test_two_tables_are_chosen_and_compared(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    newer = import_next(cast)
    done = client.get(f"/imports/{newer}").get_data(as_text=True)
    (link,) = html.fromstring(done).xpath("//a[contains(., '与旧表比对')]/@href")
    page = html.fromstring(client.get(link).get_data(as_text=True))
    assert page.xpath("//select[@name='newer']/option[@selected]/text()") == [f"{NEXT_CAMPAIGN}·共性任务分解表（10分）"]
    (older,) = [one for one in page.xpath("//select[@name='older']/option/@value") if one not in {"", str(newer)}]
    answer = client.post("/editions", data={"older": older, "newer": str(newer)})
    assert answer.status_code == 303
    shown = words(client.get(answer.location))
    assert "全部 5 待确认 3 存疑 0 有改动 2 新增 1 已删除 1 相同 1" in shown
    assert "2026年创建文明城市·共性任务分解表（10分）" in shown
    assert client.post("/editions", data={"older": older, "newer": str(newer)}).location == answer.location
    assert "比对旧表：2026年创建文明城市" in words(client.get("/editions"))


def test_tables_that_cannot_be_compared_are_refused_and_the_choice_stays(table: Table) -> None:
    older, newer = str(table.two.older), str(table.two.newer)
    for chosen, status, said in (
        ({"older": older}, 422, "请选择旧表和新表"),
        ({"older": "x", "newer": newer}, 422, "请选择旧表和新表"),
        ({"older": newer, "newer": newer}, 422, "不能与自身对比"),
        ({"older": newer, "newer": older}, 409, "相反方向"),
        ({"older": str(uuid4()), "newer": newer}, 404, "没有这张任务表"),
    ):
        answer = table.client.post("/editions", data=chosen)
        assert answer.status_code == status
        assert said in words(answer)
        if status != 404:
            kept = html.fromstring(answer.get_data(as_text=True)).xpath("//option[@selected]/@value")
            assert kept == [one for one in chosen.values() if one != "x"]


def test_a_line_shows_what_differs_on_both_sides(table: Table) -> None:
    streets, volunteers = table.line("街面整洁"), table.line("志愿服务")
    (figure, asked), (new_figure, newly_asked) = marked(streets, "del"), marked(streets, "ins")
    assert (figure, new_figure) == ("2", "3")
    assert (asked.split("；")[0], newly_asked.split("；")[0]) == ("照片 ≥2 张", "照片 ≥3 张")
    assert marked(volunteers, "del") == ["甲科（牵头）、丙科（配合）"]
    assert marked(volunteers, "ins") == ["2、", "—"]
    assert marked(table.line("值班"), "ins") == []
    assert "提供平台截图" in table.line("建议征集").text_content()
    assert "旧表没有" in table.line("建议征集").text_content()
    (gone,) = [one for one in table.page.xpath("//article") if "新表没有" in one.text_content()]
    assert "公益广告上墙" in gone.text_content()


def test_pairs_are_confirmed_parted_and_made_by_hand(table: Table) -> None:
    assert table.press("街面整洁", "confirm").status_code == 303
    assert "已确认 1 对" in words(table.answer)
    assert "#row-" in table.press("值班", "part").location
    assert "已分为两条" in words(table.answer)
    table.send("confirm")
    assert "已确认 1 对" in words(table.answer)
    table.press("建议征集", "pair", older=str(table.two.rule("公益广告")))
    assert "已将两条对应为同一条" in words(table.answer)
    assert "已确认" in table.line("建议征集").text_content()
    assert table.two.cast.verdict().intact


def test_what_is_carried_over_is_told(table: Table) -> None:
    cast, two = table.two.cast, table.two
    with cast.work("zhao") as unit:
        add_requirement(unit, two.rule("街面"), Wording("report_chars", Decimal(300), unit="字", bound="about"))
    table.send("confirm")
    table.press("志愿服务", "carry", departments="yes")
    assert "已沿用：部门 2 个、资料要求 0 项" in words(table.answer)
    assert "部门已沿用" in table.line("志愿服务").text_content()
    assert not table.line("志愿服务").xpath(".//form[contains(@action, '/part')]")
    table.press("值班", "carry", requirements="yes")
    assert "没有可沿用的内容" in words(table.answer)
    cast.assign(NEXT_VOLUNTEERS, ["甲科"])
    table.send("carry", pair="all", departments="yes", requirements="yes")
    assert "已为 1 条沿用：部门 0 个、资料要求 1 项" in words(table.answer)
    assert "1 条未沿用：任务已下达" in words(table.answer)
    assert [one.kind for one in cast.requirements(NEXT_STREETS)] == ["photo_min", "caption_fields", "report_chars"]


def test_a_refusal_stands_beside_its_line(table: Table) -> None:
    table.send("confirm")
    answer = table.press("志愿服务", "carry")
    assert answer.status_code == 422
    assert "请选择沿用什么" in table.line("志愿服务").xpath(".//*[@role='alert']")[0].text_content()
    table.two.cast.assign(NEXT_VOLUNTEERS, ["甲科"])
    assert table.press("志愿服务", "carry", departments="yes").status_code == 409
    (alert,) = table.page.xpath("//*[@role='alert']")
    assert f"{NEXT_VOLUNTEERS} 已下达" in alert.text_content()
    answer = table.send("carry", pair="all")
    assert answer.status_code == 422
    assert "请选择沿用什么" in words(answer)


@pytest.mark.parametrize(
    ("order", "fields", "status"),
    [
        ("confirm", {"pair": str(UUID(int=7))}, 404),
        ("part", {}, 422),
        ("part", {"pair": "x"}, 422),
        ("pair", {"older": "", "newer": ""}, 422),
        ("pair", {"older": str(UUID(int=7)), "newer": str(UUID(int=8))}, 404),
        ("carry", {"departments": "yes"}, 422),
        ("carry", {"departments": "yes", "pair": str(UUID(int=7))}, 404),
    ],
    ids=["no pair", "nothing parted", "no key", "nothing chosen", "rules of nowhere", "no line", "a pair of nowhere"],
)
def test_what_names_no_line_changes_nothing(table: Table, order: str, fields: dict[str, str], status: int) -> None:
    before = table.two.lines()
    assert table.send(order, **fields).status_code == status
    assert table.two.lines() == before


def test_tabs_and_pages_that_there_are_none_of_show_what_there_is(table: Table) -> None:
    for query, rows in (("show=added", 1), ("show=doubtful", 0), ("show=nothing", 5), ("page=99", 5), ("page=x", 5)):
        page = html.fromstring(table.client.get(f"{table.address}?{query}").get_data(as_text=True))
        assert len(page.xpath("//article")) == rows
    assert table.client.get(f"/editions/{uuid4()}").status_code == 404


def test_the_workbook_is_given_as_a_file(table: Table) -> None:
    answer = table.client.get(f"{table.address}.xlsx")
    assert answer.headers["Content-Disposition"] == "attachment; filename=editions.xlsx"
    assert load_workbook(BytesIO(answer.data)).worksheets[0].max_row == 7


@pytest.mark.parametrize("login", ["qian", "feng", "chen"])
def test_only_the_creation_office_compares(table: Table, signed_in: SignedIn, login: str) -> None:
    client = signed_in(login)
    assert client.get("/editions").status_code == 403
    assert client.get(table.address).status_code == 403
    for order in ("confirm", "part", "pair", "carry"):
        assert client.post(f"{table.address}/{order}").status_code == 403


def test_a_file_of_last_year_is_used_again_from_the_collecting_page(cast: Cast, signed_in: SignedIn) -> None:
    cast.assign(STREETS, ["甲科"])
    cast.submit(STREETS, "甲科")
    two = compared(cast)
    cast.assign(NEXT_STREETS, ["甲科"])
    client = signed_in("qian")
    assert "往年同一条目提交的资料" not in words(client.get(f"/items/{NEXT_STREETS}/fill"))
    two.confirm_sure()
    page = html.fromstring(client.get(f"/items/{NEXT_STREETS}/fill").get_data(as_text=True))
    offered = page.xpath("//*[@id='last-year']//button[@name='again']/@value")
    assert len(offered) == 2
    item = {"item_id": page.xpath("//form[@id='draft']//input[@name='item_id']/@value")[0]}
    field = f"again:{offered[0].split()[0]}"
    refused = client.post(f"/items/{NEXT_STREETS}/fill/again", data={**item, "again": offered[0], field: " "})
    assert refused.status_code == 422
    assert "请写明重复使用的理由" in words(refused)
    done = client.post(f"/items/{NEXT_STREETS}/fill/again", data={**item, "again": offered[0], field: "同一路段未再整治"})
    assert done.status_code == 303
    after = client.get(done.location)
    assert "已引用到该项要求，无需重新上传" in words(after)
    assert len(html.fromstring(after.get_data(as_text=True)).xpath("//*[@id='last-year']//button[@name='again']")) == 1
    again = client.post(f"/items/{NEXT_STREETS}/fill/again", data={**item, "again": offered[0], field: "再来一次"})
    assert again.status_code == 422
    assert client.post(f"/items/{NEXT_STREETS}/fill/again", data={**item, "again": "x"}).status_code == 404
