"""Somebody of the creation office who looks a task table over: a small table, how it is sent, and the page's forms as they use them."""

import re
from collections.abc import Callable
from html import unescape
from io import BytesIO

from cast import Cast
from lxml import html
from sqlalchemy import func, select
from visitor import Visitor
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

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
NEW = "2027年测评"

#: Signs one of the cast in and gives their client.
SignedIn = Callable[[str], Visitor]


def sent(client: Visitor, data: bytes, name: str = "个性任务.txt", campaign: str = NEW) -> TestResponse:
    """Send a file as the form of the start page does."""
    return client.post(
        "/imports/preview",
        data=MultiDict([("file", (BytesIO(data), name)), ("campaign", campaign)]),
        content_type="multipart/form-data",
    )


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def count(cast: Cast, what: type) -> int:
    with cast.reading() as session:
        return session.scalar(select(func.count()).select_from(what)) or 0


class Desk:
    """Somebody at the page of one draft, using its forms as a browser does."""

    def __init__(self, client: Visitor, address: str) -> None:
        self.client, self.address = client, address
        self.answer = client.get(address)
        assert self.answer.status_code == 200, words(self.answer)

    @property
    def page(self) -> html.HtmlElement:
        return html.fromstring(self.answer.get_data(as_text=True))

    @property
    def version(self) -> str:
        return str(self.page.xpath("//form[@id='draft']//input[@name='version']/@value")[0])

    def rows(self) -> list[str]:
        """Give the texts of the tasks that are shown, in order."""
        return [one.text_content().strip() for one in self.page.xpath("//td[contains(@class,'task')]/div[@class='rule']")]

    def key(self, part: str) -> int:
        """Give the key of the row in whose text `part` stands."""
        (found,) = [row.get("id") for row in self.page.xpath("//tr[starts-with(@id,'row-')]") if part in row.text_content()]
        return int(found.removeprefix("row-"))

    def open(self, **view: object) -> None:
        """Follow a link of the page."""
        query = "&".join(f"{name}={value}" for name, value in view.items())
        self.answer = self.client.get(f"{self.address}?{query}")
        assert self.answer.status_code == 200

    def do(self, order: str, **fields: str) -> TestResponse:
        """Press a button, or send a form whose fields are given; the page that comes back is the one looked at next."""
        sent = {"do": order, "version": self.version, **fields}
        return self._went(self.client.post(self.address, data=sent))

    def save_row(self, part: str, **fields: str) -> TestResponse:
        """Open the form of a row, change fields, save."""
        key = self.key(part)
        self.open(edit=key)
        form = next(one for one in self.page.forms if one.xpath(".//button[starts-with(@value,'words:')]"))
        return self._went(self.client.post(self.address, data={**dict(form.form_values()), **fields, "do": f"words:{key}"}))

    def step(self, step: str) -> TestResponse:
        """Undo or redo."""
        return self._went(self.client.post(f"{self.address}/step", data={"step": step, "version": self.version}))

    def save(self) -> TestResponse:
        """Import what was looked over."""
        draft = self.address.rsplit("/", 1)[1]
        return self.client.post("/imports", data={"draft": draft, "version": self.version})

    def _went(self, answer: TestResponse) -> TestResponse:
        self.answer = self.client.get(answer.location) if answer.status_code == 303 else answer
        return answer
