"""Make the font files anew from the npm package `@expo-google-fonts/noto-serif-sc`.

    npm pack @expo-google-fonts/noto-serif-sc@0.4.3 && tar xzf expo-google-fonts-noto-serif-sc-0.4.3.tgz
    python -m workflows.dossier.fonts.make package

The two subset faces hold what nearly every record needs and keep documents small; the full face is for rare
characters of names. All are TrueType outlines: a subset of the CFF edition comes out blank in some readers.
"""

import hashlib
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from fontTools import subset

PACKAGE = "@expo-google-fonts/noto-serif-sc 0.4.3"
REGULAR, SEMIBOLD = "400Regular/NotoSerifSC_400Regular.ttf", "600SemiBold/NotoSerifSC_600SemiBold.ttf"
FULL = "NotoSerifSC-Regular.ttf"
SUBSETS = {"NotoSerifSC-Regular-GB2312.ttf": REGULAR, "NotoSerifSC-SemiBold-GB2312.ttf": SEMIBOLD}
#: Beside GB 2312: Latin with accents, punctuation, arrows, figures in circles, signs of units, boxes.
EXTRA = ((0x20, 0x17F), (0x2010, 0x2044), (0x2100, 0x2183), (0x2190, 0x21FF), (0x2200, 0x22FF), (0x2460, 0x24FF),
         (0x25A0, 0x25FF), (0x2605, 0x2606), (0x2713, 0x2717), (0x3000, 0x303F), (0x3200, 0x33FF), (0xFF01, 0xFFE5))  # fmt: skip


def make(package: Path, target: Path) -> None:
    """Write the three faces, the licence and `manifest.json` into `target`."""
    shutil.copyfile(package / REGULAR, target / FULL)
    shutil.copyfile(package / "LICENSE_FONT", target / "LICENSE-OFL.txt")
    for name, source in SUBSETS.items():
        _subset(package / source, target / name)
    names = [FULL, *SUBSETS, "LICENSE-OFL.txt"]
    manifest = {
        "source": PACKAGE,
        "licence": "SIL Open Font License 1.1 (LICENSE-OFL.txt)",
        "made_by": "python -m workflows.dossier.fonts.make package",
        "files": {name: _described(target / name, SUBSETS.get(name)) for name in names},
    }
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _subset(source: Path, target: Path) -> None:
    options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, name_IDs=["*"], recalc_timestamp=False)
    options.drop_tables += ["BASE", "STAT", "vhea", "vmtx"]
    font = subset.load_font(str(source), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=set(_wanted()))
    subsetter.subset(font)
    subset.save_font(font, str(target), options)


def _wanted() -> Iterator[int]:
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            # One pair at a time: after a pair that means nothing the decoder would start in the middle of the next.
            yield from map(ord, bytes((row, cell)).decode("gb2312", "ignore"))
    for first, last in EXTRA:
        yield from range(first, last + 1)


def _described(path: Path, source: str | None) -> dict[str, object]:
    data = path.read_bytes()
    how = f"subset of {source}: GB 2312 and common signs, no layout features, no hinting" if source else "unchanged"
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "how": how}


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(__file__).parent)
