"""Revocation lists (RFC 5280 §5): which certificates of one issuer no longer count, and since when."""

from collections.abc import Mapping
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256


def revocation_list(
    issuer: tuple[x509.Certificate, RSAPrivateKey],
    revoked: Mapping[int, datetime],
    number: int,
    period: tuple[datetime, datetime],
) -> x509.CertificateRevocationList:
    """Sign a list of revoked serial numbers; `period`: from when it counts, and when the next one is due."""
    certificate, key = issuer
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(certificate.subject)
        .last_update(period[0])
        .next_update(period[1])
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
                certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
            ),
            critical=False,
        )
    )
    for serial, moment in sorted(revoked.items()):
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(moment).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(key, SHA256())
