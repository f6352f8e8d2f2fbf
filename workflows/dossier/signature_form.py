"""Is a signature written exactly as this system writes them? Every byte no digest covers is checked here.

A signature cannot cover the place it stands in: the hexadecimal text of the CMS object, its padding, and the
parts of that object that are not signed themselves. So the object is built again from its signed parts and
compared, and the certificates in it are checked against each other. Nothing is left that could change unseen.
"""

from collections.abc import Sequence

from asn1crypto import algos, cms
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from workflows.dossier.timestamps import DIGEST, POLICY, token


def gap_is_exact(data: bytes, byte_range: Sequence[int], contents: bytes) -> bool:
    """Say whether a byte range leaves out its own signature and nothing else, and pads it with zeros.

    `contents` is what the reader found in the signature dictionary, padding included.
    """
    if len(byte_range) != 4 or byte_range[0] != 0:  # noqa: PLR2004 - two pairs of offset and length
        return False
    start, end = int(byte_range[1]), int(byte_range[2])
    padding = contents[len(_object(contents)) :]
    return bytes(data[start:end]) == b"<" + contents.hex().upper().encode("ascii") + b">" and not any(padding)


def covered_to(byte_range: Sequence[int]) -> int:
    """Give the offset up to which a signature covers the file."""
    return int(byte_range[2]) + int(byte_range[3])


def is_as_written(contents: bytes) -> bool:
    """Say whether building the CMS object again from its signed parts gives the very same bytes."""
    encoded = _object(contents)
    again: bytes = _again(cms.ContentInfo.load(encoded)).dump()
    return again == encoded


def certificates_hold(contents: bytes, roots: Sequence[x509.Certificate]) -> bool:
    """Say whether every certificate in the object, and in its time stamp, is signed by another one or by a root."""
    signed = cms.ContentInfo.load(_object(contents))["content"]
    found = [x509.load_der_x509_certificate(one.chosen.dump()) for one in signed["certificates"]]
    inner = _unsigned_values(signed["signer_infos"][0])
    return all(_issued_by_any(one, [*found, *roots]) for one in found) and all(
        certificates_hold(value.dump(), roots) for value in inner
    )


def _again(info: cms.ContentInfo) -> cms.ContentInfo:
    signed = info["content"]
    (one,) = signed["signer_infos"]
    attributes = one["signed_attrs"].untag()
    chain = _signer_first([choice.chosen for choice in signed["certificates"]], one["sid"].chosen)
    if signed["encap_content_info"]["content_type"].native == "tst_info":
        if signed["encap_content_info"]["content"].parsed["policy"].native != POLICY:
            # Others put their tokens together in their own way: that the digest in it holds has been checked.
            return info
        return token(signed["encap_content_info"]["content"].contents, attributes, one["signature"].native, chain)
    stamps = [_again(cms.ContentInfo.load(value.dump())) for value in _unsigned_values(one)]
    digest = algos.DigestAlgorithm({"algorithm": DIGEST})
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": chain[0].issuer, "serial_number": chain[0].serial_number}},
        "digest_algorithm": digest,
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_rsa"}),
        "signed_attrs": attributes,
        "signature": one["signature"].native,
        "unsigned_attrs": [{"type": "signature_time_stamp_token", "values": stamps}],
    }
    content = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": cms.DigestAlgorithms((digest,)),
            "encap_content_info": {"content_type": "data"},
            "certificates": chain,
            "signer_infos": [signer],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": content})


def _signer_first(certificates: list[asn1_x509.Certificate], sid: cms.IssuerAndSerialNumber) -> list[asn1_x509.Certificate]:
    wanted = (sid["issuer"].dump(), sid["serial_number"].native)
    return sorted(certificates, key=lambda one: (one.issuer.dump(), one.serial_number) != wanted)


def _unsigned_values(signer: cms.SignerInfo) -> list[cms.ContentInfo]:
    return [value for attribute in signer["unsigned_attrs"] or () for value in attribute["values"]]


def _object(contents: bytes) -> bytes:
    """Cut the padding off: the object says itself how long it is (DER, definite length)."""
    if len(contents) < 2 or contents[0] != 0x30:  # noqa: PLR2004 - tag and length of a SEQUENCE
        return contents
    if contents[1] < 0x80:  # noqa: PLR2004 - the short form of a length
        return contents[: 2 + contents[1]]
    head = 2 + (contents[1] & 0x7F)
    return contents[: head + int.from_bytes(contents[2:head], "big")]


def _issued_by_any(certificate: x509.Certificate, issuers: Sequence[x509.Certificate]) -> bool:
    for issuer in issuers:
        try:
            certificate.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return True
    return False
