"""Keys that sign papers, behind one interface: held in memory for a moment, or in a device that never gives them away."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from engine.catalogue import N_
from models.people import CertificateTier

#: What a signature may be called, on papers. They are Chinese records whatever language their signer reads.
CLAIMS = {
    CertificateTier.MANAGED: "本系统内个人电子签名",
    CertificateTier.FILE: "第三方证书个人电子签名",
    CertificateTier.DEVICE: "第三方证书个人电子签名（密码设备）",
}
#: The same for the pages.
TIER_NAMES = {
    CertificateTier.MANAGED: N_("Personal electronic signature within this system"),
    CertificateTier.FILE: N_("Personal electronic signature with a certificate of an outside authority"),
    CertificateTier.DEVICE: N_("Personal electronic signature with a certificate of an outside authority, on a device"),
}


class Signer(Protocol):
    """An RSA key ready to sign."""

    @property
    def size(self) -> int:
        """Give the size of a signature in bytes."""

    def sign(self, data: bytes) -> bytes:
        """Sign `data` (RSASSA-PKCS1-v1_5 over SHA-256, RFC 8017 §8.2). Raises Forbidden when the key cannot be used."""


@dataclass(frozen=True)
class HeldKey:
    """A key in memory: the office's own, a managed personal one, or one out of a PKCS #12 file."""

    key: RSAPrivateKey

    @property
    def size(self) -> int:
        """Give the size of a signature in bytes."""
        return self.key.key_size // 8

    def sign(self, data: bytes) -> bytes:
        """Sign `data`."""
        return self.key.sign(data, PKCS1v15(), SHA256())


@dataclass(frozen=True)
class PersonSigner:
    """A person's key ready to sign, the certificate that goes with it, and the authorities above it where they are not ours."""

    certificate_id: UUID
    name: str
    certificate_pem: bytes
    key: Signer
    chain_pem: bytes = b""
    tier: CertificateTier = CertificateTier.MANAGED
