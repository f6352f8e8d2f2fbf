"""The shipped typefaces: complete for everyday records, TrueType, unchanged; what they lack is written as a code."""

import hashlib
import json
from importlib import resources
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from workflows.dossier.typefaces import FULL, REGULAR, SEMIBOLD, face, printable

FONTS = Path(str(resources.files("workflows") / "dossier" / "fonts"))
TEMPLATES = FONTS.parent / "templates"


def characters_of(encoding: str, leads: range, trails: range) -> set[str]:
    pairs = (bytes((lead, trail)) for lead in leads for trail in trails)
    return set("".join(pair.decode(encoding, "ignore") for pair in pairs))


@pytest.mark.parametrize("name", [REGULAR, SEMIBOLD, FULL])
def test_a_face_holds_every_character_of_gb2312_as_a_truetype_outline(name: str) -> None:
    wanted = characters_of("gb2312", range(0xA1, 0xF8), range(0xA1, 0xFF))
    assert len(wanted) == 7445  # GB 2312-80: 6763 characters and 682 signs
    with TTFont(FONTS / name, lazy=True) as font:
        held = font.getBestCmap()
        assert {char for char in wanted if ord(char) not in held} == set()
        assert "glyf" in font
        assert "CFF " not in font


def test_the_full_face_holds_the_rare_characters_of_names() -> None:
    with TTFont(FONTS / FULL, lazy=True) as font:
        held = font.getBestCmap()
    assert [char for char in "堃喆犇珺㛃𬱖䶮" if ord(char) not in held] == []
    wanted = characters_of("gbk", range(0x81, 0xFF), range(0x80, 0xFF))
    assert {char for char in wanted if ord(char) not in held and char.isprintable()} == set()


@pytest.mark.parametrize("path", sorted(TEMPLATES.iterdir()), ids=lambda path: path.name)
def test_every_character_a_template_writes_is_held(path: Path) -> None:
    text = path.read_text("utf-8")
    assert printable(text) == text


def test_the_files_are_those_of_the_manifest_with_their_licence() -> None:
    manifest = json.loads((FONTS / "manifest.json").read_text("utf-8"))
    for name, told in manifest["files"].items():
        data = (FONTS / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (told["sha256"], told["size"])
    assert {path.name for path in FONTS.glob("*.ttf")} == {REGULAR, SEMIBOLD, FULL}
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONTS / "LICENSE-OFL.txt").read_text("utf-8")


def test_a_character_no_face_has_is_written_as_its_code() -> None:
    assert printable("整治完成😀，请看\x07") == "整治完成〔U+1F600〕，请看〔U+0007〕"
    assert printable("堃㛃\n第二行") == "堃㛃\n第二行"


def test_only_the_shipped_faces_are_given_out() -> None:
    with pytest.raises(FileNotFoundError):
        face("../../../../etc/passwd")
