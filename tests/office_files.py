"""Word and Excel files made part by part, for what the libraries do not write."""

import io
import zipfile
from collections.abc import Mapping

_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{}</Types>'
_RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
)
SHEET_NAMES = f'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="{_OFFICE}"'


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Give a ZIP file of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def word_parts(body: str, numbering: str = "", styles: str = "") -> dict[str, str | bytes]:
    """Give the parts of a Word document with this body, these list definitions and styles."""
    return {
        "[Content_Types].xml": _TYPES.format(
            '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'wordprocessingml.document.main+xml"/>'
        ),
        "_rels/.rels": relations(("officeDocument", "word/document.xml")),
        "word/_rels/document.xml.rels": relations(("numbering", "numbering.xml"), ("styles", "styles.xml")),
        "word/document.xml": f"<w:document {WORD_NAMES}><w:body>{body}</w:body></w:document>",
        "word/numbering.xml": f"<w:numbering {WORD_NAMES}>{numbering}</w:numbering>",
        "word/styles.xml": f"<w:styles {WORD_NAMES}>{styles}</w:styles>",
    }


def word(body: str, numbering: str = "", styles: str = "") -> bytes:
    """Give a Word document."""
    return packed(word_parts(body, numbering, styles))


def run(text: str, properties: str = "") -> str:
    """Give a run of text."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    """Give a paragraph of runs; what is no run becomes one."""
    inner = "".join(one if one.startswith("<") else run(one) for one in runs)
    return f"<w:p><w:pPr>{properties}</w:pPr>{inner}</w:p>"


def cell(content: str, properties: str = "") -> str:
    """Give a table cell; text becomes a paragraph."""
    inner = content if content.startswith("<") else paragraph(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inner}</w:tc>"


def row(*cells: str, properties: str = "") -> str:
    """Give a table row; what is no cell becomes one."""
    inner = "".join(one if one.startswith("<w:tc>") else cell(one) for one in cells)
    return f"<w:tr><w:trPr>{properties}</w:trPr>{inner}</w:tr>"


def table(*rows: str, widths: tuple[int, ...] = ()) -> str:
    """Give a table; `widths` of its grid columns in twentieths of a point."""
    columns = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tbl><w:tblPr/><w:tblGrid>{columns}</w:tblGrid>{''.join(rows)}</w:tbl>"


def in_list(number: int, level: int = 0) -> str:
    """Give the property that numbers a paragraph."""
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def levels(*kinds: tuple[str, str], key: int = 1) -> str:
    """Give a list definition with its levels, each a kind of numbers and a pattern, and the list of that number."""
    inner = "".join(
        f'<w:lvl w:ilvl="{place}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{pattern}"/></w:lvl>'
        for place, (kind, pattern) in enumerate(kinds)
    )
    return (
        f'<w:abstractNum w:abstractNumId="{key}">{inner}</w:abstractNum>'
        f'<w:num w:numId="{key}"><w:abstractNumId w:val="{key}"/></w:num>'
    )


def workbook_parts(sheet: str, strings: str = "", styles: str = "", sheets: str = "") -> dict[str, str | bytes]:
    """Give the parts of a workbook with one sheet of this content."""
    named = sheets or '<sheet name="任务" sheetId="1" r:id="rId1"/>'
    return {
        "[Content_Types].xml": _TYPES.format(
            '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
            'spreadsheetml.sheet.main+xml"/>'
        ),
        "_rels/.rels": relations(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f"<workbook {SHEET_NAMES}><sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": relations(
            ("worksheet", "worksheets/sheet1.xml"), ("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml")
        ),
        "xl/worksheets/sheet1.xml": f"<worksheet {SHEET_NAMES}>{sheet}</worksheet>",
        "xl/sharedStrings.xml": f"<sst {SHEET_NAMES}>{strings}</sst>",
        "xl/styles.xml": f"<styleSheet {SHEET_NAMES}>{styles}</styleSheet>",
    }


def workbook(sheet: str, strings: str = "", styles: str = "", sheets: str = "") -> bytes:
    """Give a workbook with one sheet of this content."""
    return packed(workbook_parts(sheet, strings, styles, sheets))


def relations(*targets: tuple[str, str]) -> str:
    """Give a part that names other parts by their kind, with keys rId1, rId2 …"""
    return _RELATIONS.format(
        "".join(
            f'<Relationship Id="rId{place}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
            for place, (kind, target) in enumerate(targets, start=1)
        )
    )
