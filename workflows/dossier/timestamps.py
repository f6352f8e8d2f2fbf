"""The office's own time-stamp authority (RFC 3161): tokens with ESSCertIDv2 and a serial number never given twice.

Its word is only as good as the office's: it shows the order and moment of signatures to everybody who trusts
this system, and proves nothing against its operator.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime

from asn1crypto import algos, cms, core, tsp, x509
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.timestamps import TimeStamper

from engine.unit_of_work import Sessions
from models.dossier import TimestampSerial

#: Our policy: the time is that of the server's clock, good to a second (an identifier made of a UUID, ITU-T X.667).
POLICY = "2.25.125784494149868905237579283450749141163"
DIGEST = "sha256"
#: Stands for the real number when only the size of a token matters.
_WIDEST_SERIAL = 2**62


def next_serial(sessions: Sessions, now: datetime) -> int:
    """Take the next serial number of our authority and remember it, in a transaction of its own."""
    with sessions.begin() as session:
        row = TimestampSerial(issued_at=now)
        session.add(row)
        session.flush()
        return row.serial


class OwnTimeStamper(TimeStamper):
    """Issues tokens for one signature: certificate, cached key, where serials come from, and the moment."""

    def __init__(
        self, chain: tuple[x509.Certificate, ...], key: RSAPrivateKey, serial: Callable[[], int], at: datetime
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._chain = chain
        self._key = key
        self._serial = serial
        self._at = at

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        """Answer one request."""
        imprint = req["message_imprint"]
        if imprint["hash_algorithm"]["algorithm"].native != DIGEST:
            message = "our time stamps are made over SHA-256 digests"
            raise ValueError(message)
        info = self._info(imprint["hashed_message"].native, self._serial(), req["nonce"].native)
        attributes = self._signed_attributes(info)
        signature = self._key.sign(attributes.dump(), PKCS1v15(), SHA256())
        granted = {"status": {"status": "granted"}}
        return tsp.TimeStampResp({**granted, "time_stamp_token": token(info, attributes, signature, self._chain)})

    async def async_dummy_response(self, md_algorithm: str) -> cms.ContentInfo:
        """Give a token without a valid signature, as large as a real one; it takes no serial number."""
        dummy = self._dummy_response_cache.get(md_algorithm)
        if dummy is None:
            info = self._info(b"\0" * 32, _WIDEST_SERIAL, _WIDEST_SERIAL)
            dummy = token(info, self._signed_attributes(info), b"\0" * (self._key.key_size // 8), self._chain)
            self._register_dummy(md_algorithm, dummy)  # type: ignore[no-untyped-call]
        return dummy

    def _info(self, digest: bytes, serial: int, nonce: int) -> bytes:
        info: bytes = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": POLICY,
                "message_imprint": {"hash_algorithm": {"algorithm": DIGEST}, "hashed_message": digest},
                "serial_number": serial,
                "gen_time": self._at.replace(microsecond=0),
                "accuracy": {"seconds": 1},
                "nonce": nonce,
                "tsa": x509.GeneralName(name="directory_name", value=self._chain[0].subject),
            }
        ).dump()
        return info

    def _signed_attributes(self, info: bytes) -> cms.CMSAttributes:
        moment = cms.Time({"utc_time": core.UTCTime(self._at.replace(microsecond=0))})
        return cms.CMSAttributes(
            [
                simple_cms_attribute("content_type", "tst_info"),
                simple_cms_attribute("signing_time", moment),
                simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(self._chain[0])),
                simple_cms_attribute("message_digest", hashlib.sha256(info).digest()),
            ]
        )


def token(
    info: bytes, attributes: cms.CMSAttributes, signature: bytes, chain: Iterable[x509.Certificate]
) -> cms.ContentInfo:
    """Put a time-stamp token together; the first certificate of `chain` is the signer's.

    The verifier builds every token of ours again with it: what differs by a byte was not written by us.
    """
    certificates = tuple(chain)
    signer = certificates[0]
    digest = algos.DigestAlgorithm({"algorithm": DIGEST})
    signed = cms.SignedData(
        {
            "version": "v3",
            "digest_algorithms": cms.DigestAlgorithms((digest,)),
            "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
            "certificates": certificates,
            "signer_infos": [
                {
                    "version": "v1",
                    "sid": {"issuer_and_serial_number": {"issuer": signer.issuer, "serial_number": signer.serial_number}},
                    "digest_algorithm": digest,
                    "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"}),
                    "signed_attrs": attributes,
                    "signature": signature,
                }
            ],
        }
    )
    return cms.ContentInfo({"content_type": "signed_data", "content": signed})
