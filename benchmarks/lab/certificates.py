"""An authority of the stage's own, and certificates that it signed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from benchmarks.lab.plan import Part, Plan

FOLDER = Path("/srv/tls")
STATE: dict[str, tuple[x509.Certificate, ec.EllipticCurvePrivateKey]] = {}


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def prepare(plan: Plan) -> None:
    """The authority, and a certificate for each part that has one."""
    parts = [part for part in plan.parts if part.spec.get("cert")]
    if not parts:
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = _name(f"{plan.company} internal issuing authority")
    root = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=400))
        .not_valid_after(now + timedelta(days=2000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    STATE["root"] = (root, key)
    (FOLDER / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    for part in parts:
        lasts = part.spec.get("cert_lasts")
        issue(part, part.host, lasts if lasts else 86400 * 60)


def issue(part: Part, name: str, seconds: float) -> datetime:
    """A certificate for a name, good for so many seconds from now; until when it is."""
    root, key = STATE["root"]
    own = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    end = now + timedelta(seconds=seconds)
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(root.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    Path(part.spec["cert"]).write_bytes(made.public_bytes(serialization.Encoding.PEM))
    Path(part.spec["cert_key"]).write_bytes(_pem(own))
    return end
