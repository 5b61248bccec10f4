"""The certificate a box makes for itself: nothing shared between boxes, nobody to ask."""

import hashlib
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.vault.files import make_folder, write_durably

CERTIFICATE = "certificate.pem"
KEY = "key.pem"
LIFETIME = timedelta(days=825)
"""The longest that Apple's devices accept."""
RENEW_BEFORE = timedelta(days=60)


def certificate_file(data: Path) -> Path:
    """Where the box's public certificate lies."""
    return data / "tls" / CERTIFICATE


def ensure_certificate(data: Path, host: str, now: datetime) -> Path:
    """Return the folder with the box's certificate and key, made anew when absent, old or for another name.

    The clock of a box may be wrong at first start: the certificate is valid from a day before, and renewed
    when the date makes it look unborn or nearly over.
    """
    folder = data / "tls"
    make_folder(folder, mode=0o700)
    if not _fits(folder, host, now):
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(key, host, now)
        write_durably(folder / KEY, _pem(key), mode=0o600)
        write_durably(folder / CERTIFICATE, certificate.public_bytes(serialization.Encoding.PEM))
    return folder


def server_context(folder: Path) -> ssl.SSLContext:
    """Return the TLS settings of the teacher's page."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / CERTIFICATE, folder / KEY)
    return context


def certificate_digest(data: Path) -> bytes:
    """Return the certificate's SHA-256, by which stations on other machines know the box."""
    certificate = x509.load_pem_x509_certificate(certificate_file(data).read_bytes())
    return hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()


def fingerprint(data: Path) -> str:
    """Return the certificate's SHA-256 as browsers show it, to compare by eye."""
    digest = certificate_digest(data).hex().upper()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))


def _fits(folder: Path, host: str, now: datetime) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
    except (OSError, ValueError):
        return False
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return (
        certificate.public_key() == key.public_key()
        and f"{host}.local" in names.get_values_for_type(x509.DNSName)
        and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc - RENEW_BEFORE
    )


def _certificate(key: ec.EllipticCurvePrivateKey, host: str, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{host}.local")])
    start = now.astimezone(UTC) - timedelta(days=1)
    names = x509.SubjectAlternativeName(
        [
            x509.DNSName(f"{host}.local"),
            x509.DNSName(host),
            x509.DNSName("localhost"),
            x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + LIFETIME)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
