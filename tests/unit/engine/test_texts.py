"""Texts in two languages, and a refusal as a sentence."""

import pytest

from engine.catalogue import catalogue_files, language_of, translate
from engine.errors import Conflict, Invalid, Refused


@pytest.mark.parametrize(
    ("preference", "language"),
    [("zh-CN", "zh"), ("zh_Hans", "zh"), ("en-GB", "en"), ("EN", "en"), ("C.UTF-8", "zh"), ("", "zh"), (None, "zh"), ("fr", "zh")],
)
def test_a_preference_becomes_a_language_we_speak(preference: str | None, language: str) -> None:
    assert language_of(preference) == language


def test_placeholders_are_filled_in_both_languages() -> None:
    msgid = "A password needs at least {count} characters."
    assert translate("zh", msgid, count=10) == "密码至少需要 10 个字符。"
    assert translate("en", msgid, count=10) == "A password needs at least 10 characters."


def test_braces_in_what_is_filled_in_stay_as_they_are() -> None:
    assert translate("zh", "No process {key} is deployed. Deploy its diagram first.", key="{key}") == (
        "流程 {key} 尚未部署，请先部署其流程图。"
    )


def test_a_text_without_a_translation_is_shown_in_english() -> None:
    assert translate("zh", "Nobody wrote this.") == "Nobody wrote this."


def test_every_layer_may_bring_catalogues() -> None:
    assert {path.parents[2].name for path in catalogue_files()} == {"engine", "workflows", "web"}


def test_a_refusal_reads_as_its_sentence() -> None:
    refused = Invalid("{name} is taken.", name="zhao")
    assert str(refused) == "zhao is taken."
    assert (refused.message, refused.params) == ("{name} is taken.", {"name": "zhao"})
    assert isinstance(Conflict("x"), Refused)
