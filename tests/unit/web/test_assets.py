"""The files browsers are given: vendored ones unchanged, addresses by content, nothing forbidden."""

import json
import re
import shutil
from pathlib import Path

import pytest

from web.assets import MANIFEST, STATIC, VENDOR, asset_url, vendor_faults

TEST_VENDOR = Path(__file__).parents[2] / "browser" / "vendor"
TEMPLATES = STATIC.parent / "templates"

#: What domestic desktop browsers (Chromium 90) do not know.
TOO_NEW = (":has(", "color-mix(", "@layer", "@container", "@scope", "oklch(")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(VENDOR, tmp_path / "vendor"))


@pytest.mark.parametrize("folder", [VENDOR, TEST_VENDOR])
def test_vendored_files_are_what_the_manifest_says(folder: Path) -> None:
    assert vendor_faults(folder) == []


def test_one_changed_byte_is_found(copy: Path) -> None:
    file = copy / "htmx" / "htmx.min.js"
    file.write_bytes(file.read_bytes() + b" ")
    assert vendor_faults(copy) == ["htmx/htmx.min.js has changed since it was vendored"]


def test_a_stray_file_is_found(copy: Path) -> None:
    (copy / "htmx" / "extra.js").write_text("1", encoding="utf-8")
    assert vendor_faults(copy) == [f"htmx/extra.js lies in the vendor folder but not in {MANIFEST}"]


def test_a_missing_licence_is_found(copy: Path) -> None:
    (copy / "bpmn-js" / "LICENSE").unlink()
    assert vendor_faults(copy) == [
        f"bpmn-js/LICENSE is listed in {MANIFEST} but missing",
        "bpmn-js comes without its licence text",
    ]


def test_every_vendored_package_names_version_and_licence() -> None:
    packages = json.loads((VENDOR / MANIFEST).read_text(encoding="utf-8"))["packages"]
    assert {package["package"] for package in packages} == {"htmx.org", "bpmn-js", "@tabler/icons"}
    assert all(
        re.fullmatch(r"\d+\.\d+\.\d+", package["version"]) and package["licence"] for package in packages
    )


def test_the_address_of_a_file_carries_its_digest() -> None:
    assert re.fullmatch(r"/static/css/base\.css\?v=[0-9a-f]{8}", asset_url("css/base.css"))
    with pytest.raises(FileNotFoundError):
        asset_url("css/no_such_file.css")


@pytest.mark.parametrize("sheet", sorted((STATIC / "css").glob("*.css")), ids=lambda sheet: sheet.name)
def test_style_sheets_keep_to_what_old_browsers_know(sheet: Path) -> None:
    text = sheet.read_text(encoding="utf-8")
    assert [word for word in TOO_NEW if word in text] == []
    assert "data:" not in text
    assert "http" not in text
    # No nesting: a rule stands at the margin, or one level deep inside a media query.
    assert not re.search(r"^ {4,}[.#&:a-z][^;{}]*\{", text, re.MULTILINE)


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: file.relative_to(TEMPLATES).as_posix()
)
def test_templates_need_no_exception_from_the_policy(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert not re.search(r"\son[a-z]+\s*=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert "data:" not in text
    assert not re.search(r"(src|href)=[\"']https?:", text)


@pytest.mark.parametrize(
    "template", sorted(TEMPLATES.rglob("*.html")), ids=lambda file: file.relative_to(TEMPLATES).as_posix()
)
def test_templates_name_only_icons_that_exist(template: Path) -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = set(re.findall(r"\bicon\(\"([a-z0-9-]+)\"", template.read_text(encoding="utf-8")))
    assert named <= sprite


def test_every_form_that_writes_carries_the_token() -> None:
    forms = [
        (template.name, form)
        for template in TEMPLATES.rglob("*.html")
        for form in re.findall(
            r"<form[^>]*method=\"post\".*?</form>", template.read_text(encoding="utf-8"), re.DOTALL
        )
    ]
    assert forms
    assert [name for name, form in forms if "csrf()" not in form and "_hidden(" not in form] == []
