"""What programs that are not ours say about our papers: pdfsig, qpdf, openssl, and the PDF/A rules of pikepdf."""

import hashlib
import subprocess
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import pdfa
from pyhanko.pdf_utils.reader import PdfFileReader
from sealed import NOW, Office, Signers, drawn_over, signed, unsigned_sheet

from workflows.dossier.verification import verify_dossier


def run(*command: object, rc: int = 0) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == rc, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory, root_file: Path) -> str:
    """Give an NSS database that trusts our root, as the manual of pdfsig asks for."""
    folder = f"sql:{tmp_path_factory.mktemp('nss')}"
    run("certutil", "-N", "-d", folder, "--empty-password")
    run("certutil", "-A", "-d", folder, "-n", "root", "-t", "CT,CT,CT", "-i", root_file)
    return folder


@pytest.fixture
def on_disk(tmp_path: Path, sheet: bytes, dossier: bytes) -> Path:
    (tmp_path / "sheet.pdf").write_bytes(sheet)
    (tmp_path / "dossier.pdf").write_bytes(dossier)
    return tmp_path


def test_pdfsig_calls_every_signature_valid_and_trusted(on_disk: Path, trusted: str) -> None:
    report = run("pdfsig", "-nssdir", trusted, on_disk / "sheet.pdf")
    assert report.count("Signature is Valid.") == 2
    assert report.count("Certificate is Trusted.") == 2
    assert "Signer Certificate Common Name: 孙平" in report
    # Of a document time stamp pdfsig knows only that it is there.
    seal = run("pdfsig", "-nssdir", trusted, on_disk / "dossier.pdf")
    assert seal.count("Signature is Valid.") == seal.count("Certificate is Trusted.") == 1
    assert "归档签章" in seal


def test_a_page_drawn_over_fools_pdfsig_and_not_us(tmp_path: Path, trusted: str, sheet: bytes, office: Office) -> None:
    (tmp_path / "forged.pdf").write_bytes(drawn_over(sheet))
    assert run("pdfsig", "-nssdir", trusted, tmp_path / "forged.pdf").count("Signature is Valid.") == 2
    assert verify_dossier(drawn_over(sheet), [office.root]).exit_code == 1


@pytest.mark.parametrize("name", ["sheet.pdf", "dossier.pdf"])
def test_qpdf_finds_nothing_wrong(on_disk: Path, name: str) -> None:
    assert "No syntax or stream encoding errors found" in run("qpdf", "--check", on_disk / name)


@pytest.mark.parametrize("name", ["sheet.pdf", "dossier.pdf"])
def test_signing_breaks_no_rule_of_pdf_a(on_disk: Path, name: str) -> None:
    report = pdfa.validate_written(on_disk / name, "3b")
    # What the checker does not know it says so; a rule that is broken has another kind.
    assert [one for one in report.findings if one.kind != "unsupported"] == []
    assert pdfa.validate_written(on_disk / name, "3b").flavour.value == "3b"


def test_a_stamp_brings_no_font(sheet: bytes) -> None:
    with pikepdf.open(BytesIO(sheet)) as pdf:
        stamps = [note.AP.N for note in pdf.pages[0].Annots]
        assert len(stamps) == 2
        assert all("/Font" not in stamp.get("/Resources", {}) for stamp in stamps)
        assert all(b" Tf" not in stamp.read_bytes() and b" c " in stamp.read_bytes() for stamp in stamps)


def test_openssl_verifies_the_time_stamp_of_a_signature(tmp_path: Path, sheet: bytes, root_file: Path) -> None:
    one = PdfFileReader(BytesIO(sheet)).embedded_signatures[0]
    token = one.signer_info["unsigned_attrs"][0]["values"][0].dump()
    (tmp_path / "token.der").write_bytes(token)
    digest = hashlib.sha256(one.signer_info["signature"].native).hexdigest()
    check = ("openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token.der", "-CAfile", root_file, "-digest")
    untrusted = ("-untrusted", root_file.with_name("issuing.pem"))
    assert "Verification: OK" in run(*check, digest, *untrusted)
    run(*check, "00" * 32, *untrusted, rc=1)
    shown = run("openssl", "ts", "-reply", "-token_in", "-in", tmp_path / "token.der", "-token_out", "-text")
    assert "Mar  2 09:30:00 2026 GMT" in shown
    assert "Hash Algorithm: sha256" in shown


def test_openssl_verifies_the_closing_time_stamp_over_the_whole_file(tmp_path: Path, dossier: bytes, root_file: Path) -> None:
    one = PdfFileReader(BytesIO(dossier)).embedded_signatures[-1]
    _, length, start, rest = (int(number) for number in one.byte_range)
    assert start + rest == len(dossier)
    (tmp_path / "covered").write_bytes(dossier[:length] + dossier[start:])
    (tmp_path / "token.der").write_bytes(one.pkcs7_content)
    issuing = root_file.with_name("issuing.pem")
    answer = run("openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token.der", "-data", tmp_path / "covered",
                 "-CAfile", root_file, "-untrusted", issuing)  # fmt: skip
    assert "Verification: OK" in answer


def test_openssl_verifies_a_persons_signature(tmp_path: Path, sheet: bytes, root_file: Path) -> None:
    one = PdfFileReader(BytesIO(sheet)).embedded_signatures[-1]
    _, length, start, rest = (int(number) for number in one.byte_range)
    (tmp_path / "covered").write_bytes(sheet[:length] + sheet[start : start + rest])
    (tmp_path / "cms.der").write_bytes(one.pkcs7_content)
    run("openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", tmp_path / "cms.der",
        "-content", tmp_path / "covered", "-CAfile", root_file, "-purpose", "any", "-out", "/dev/null")  # fmt: skip


def test_serials_of_time_stamps_never_repeat(office: Office, signers: Signers) -> None:
    pdf = unsigned_sheet()
    for field, signer in signers:
        pdf = signed(office, pdf, field, signer, NOW)
    tokens = [one.signer_info["unsigned_attrs"][0]["values"][0] for one in PdfFileReader(BytesIO(pdf)).embedded_signatures]
    infos = [token["content"]["encap_content_info"]["content"].parsed for token in tokens]
    serials = [info["serial_number"].native for info in infos]
    assert len(set(serials)) == 2
    assert serials == sorted(serials)
    for token in tokens:
        kinds = [attribute["type"].native for attribute in token["content"]["signer_infos"][0]["signed_attrs"]]
        assert "signing_certificate_v2" in kinds
