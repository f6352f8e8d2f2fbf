"""The page of a case's requirements: where each came from, the forms, refusals in place, history."""

import re
from collections.abc import Callable
from decimal import Decimal
from html import unescape

import pytest
from cast import POSTERS, STREETS, Cast
from visitor import Visitor
from werkzeug.test import TestResponse

from models.breakdown import Requirement
from web.requirements_page import segments

SignedIn = Callable[[str], Visitor]
PATH = f"/items/{STREETS}/requirements"


def words(answer: TestResponse) -> str:
    """Give what people read of a page, in one line."""
    text = re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True).split("<main", 1)[1])
    return " ".join(unescape(text).split())


def marked(answer: TestResponse) -> list[tuple[str, str]]:
    """Give the phrases marked in the words of the table, with the requirement each links to."""
    page = answer.get_data(as_text=True)
    return re.findall(r'href="#number-(\d+)"><mark>([^<]*)</mark>', page)


def photos(cast: Cast) -> Requirement:
    """Give the photos that the first case asks for."""
    return next(one for one in cast.requirements(STREETS) if one.kind == "photo_min")


def test_it_shows_where_each_requirement_came_from(cast: Cast, signed_in: SignedIn) -> None:
    answer = signed_in("zhao").get(PATH)
    assert answer.status_code == 200
    assert marked(answer) == [("1", "至少2张照片"), ("2", "注明时间、地点")]
    read = words(answer)
    assert "1 照片 ≥2 张；每张写明时间、地点" in read
    assert "出自工作要求 至少2张照片" in read
    page = answer.get_data(as_text=True)
    assert {f'id="number-{number}"' in page for number, _ in marked(answer)} == {True}


def test_a_requirement_is_added_changed_removed_and_restored_in_plain_forms(cast: Cast, signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    opened = client.get(f"{PATH}?add=photo_min").get_data(as_text=True)
    assert {name for name in ("value", "upper", "per", "fields", "period") if f'id="add-{name}"' in opened} == {
        "value", "upper", "per", "fields", "period",
    }  # fmt: skip
    assert 'id="add-value"' not in client.get(f"{PATH}?add=caption_fields").get_data(as_text=True)
    typed = {
        "kind": "photo_min",
        "value": "３",
        "per": "每个路口",
        "subjects": "东门\n西门",
        "fields": "时间、地点",
        "note": "含夜景",
    }
    assert client.post(PATH, data=typed).status_code == 303
    own = cast.requirements(STREETS)[-1]
    assert (own.value, own.per, own.subjects, own.fields, own.origin) == (
        Decimal(3),
        "每个路口",
        ["东门", "西门"],
        ["时间", "地点"],
        "person",
    )
    change = client.get(f"{PATH}?change={own.id}").get_data(as_text=True)
    assert f'id="{own.id}-value" name="value" value="3"' in change
    typed |= {"value": "5", "upper": "8", "reason": "路口增加", "seen": ""}
    assert client.post(f"{PATH}/{own.id}", data=typed).status_code == 303
    assert client.post(f"{PATH}/{own.id}/remove", data={"reason": "重复"}).status_code == 303
    assert "已删除 1" in words(client.get(PATH))
    assert client.post(f"{PATH}/{own.id}/restore").status_code == 303
    read = words(client.get(PATH))
    assert "3 照片 5 至 8 张，每个路口；每张写明时间、地点；分别计数：东门、西门" in read
    assert "修改要求 照片 ≥3 张" in read
    assert "路口增加" in read
    trail = words(client.get(f"/items/{STREETS}/trail"))
    assert "恢复要求" in trail
    assert "重复" in trail


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"kind": "photo_min", "value": "五张"}, "“五张”不是数字"),
        ({"kind": "photo_min", "value": "-5"}, "“-5”不是数字"),
        ({"kind": "photo_min", "value": "2.5"}, "2.5 不是整数"),
        ({"kind": "frequency", "value": "1"}, "请填写周期"),
        ({"kind": "video", "phrase": "没有这句话"}, "任务表中没有“没有这句话”"),
        ({"kind": "caption_fields"}, "照片说明应包含的内容"),
    ],
    ids=str,
)
def test_what_is_wrong_is_said_beside_the_form_and_the_words_stay(
    signed_in: SignedIn, typed: dict[str, str], says: str
) -> None:
    answer = signed_in("zhao").post(PATH, data={**typed, "note": "请保留这段话"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    found = re.search(r'id="add-fault" role="alert">(.*?)</p>', page, re.DOTALL)
    assert found is not None
    assert says in unescape(found[1])
    assert "请保留这段话" in page


def test_a_change_without_a_reason_and_a_stale_one(cast: Cast, signed_in: SignedIn) -> None:
    client, one = signed_in("zhao"), photos(cast)
    typed = {"kind": "photo_min", "value": "9", "fields": "时间", "reason": "", "seen": ""}
    refused = client.post(f"{PATH}/{one.id}", data=typed)
    assert (refused.status_code, "请填写修改理由" in words(refused)) == (422, True)
    assert f'id="{one.id}-value" name="value" value="9"' in refused.get_data(as_text=True)
    assert client.post(f"{PATH}/{one.id}", data={**typed, "reason": "提高"}).status_code == 303
    stale = client.post(f"{PATH}/{one.id}", data={**typed, "value": "7", "reason": "再改"})
    assert (stale.status_code, "这条要求已被修改" in words(stale)) == (409, True)
    assert client.post(f"{PATH}/{one.id}", data={**typed, "reason": "再改", "seen": "昨天"}).status_code == 422
    unexplained = client.post(f"{PATH}/{one.id}/remove", data={"reason": " "})
    assert (unexplained.status_code, "请填写删除理由" in words(unexplained)) == (422, True)


def test_a_requirement_of_another_case_and_a_decided_case(cast: Cast, signed_in: SignedIn) -> None:
    client, one = signed_in("zhao"), photos(cast)
    assert client.post(f"/items/{POSTERS}/requirements/{one.id}/remove", data={"reason": "x"}).status_code == 404
    cast.to_office(POSTERS, ["丙科"])
    cast.approve(POSTERS)
    page = client.get(f"/items/{POSTERS}/requirements")
    assert "任务已办结" in words(page)
    assert "<form" not in page.get_data(as_text=True).split("<main", 1)[1]
    refused = client.post(f"/items/{POSTERS}/requirements", data={"kind": "video"})
    assert (refused.status_code, "已办结" in words(refused)) == (409, True)


@pytest.mark.parametrize("login", ["qian", "sun", "feng", "chen", "chu"])
def test_the_page_is_the_offices(signed_in: SignedIn, login: str) -> None:
    client = signed_in(login)
    assert client.get(PATH).status_code == 403
    assert client.post(PATH, data={"kind": "video"}).status_code == 403


def test_it_is_reached_from_the_case_and_leads_to_the_next(signed_in: SignedIn) -> None:
    client = signed_in("zhao")
    assert f'href="{PATH}"' in client.get(f"/items/{STREETS}").get_data(as_text=True)
    assert f'href="/items/{POSTERS}/requirements"' in client.get(PATH).get_data(as_text=True)
    assert PATH not in signed_in("qian").get(f"/items/{STREETS}").get_data(as_text=True)


def test_phrases_are_marked_once_each_and_never_inside_one_another() -> None:
    text = "照片5张、总结；照片5张"
    assert segments(text, [("照片5张", 1), ("总结", 2), ("照片5张", 3), ("没有", 4), ("", 5)]) == [
        ("照片5张", 1), ("、", 0), ("总结", 2), ("；", 0), ("照片5张", 3),
    ]  # fmt: skip
    assert segments("说明报告500字", [("说明报告500字", 1), ("报告", 2)]) == [("说明报告500字", 1)]
    assert "".join(part for part, _ in segments(text, [("5张、总", 1), ("照片5张", 2)])) == text
    assert segments("", []) == []
