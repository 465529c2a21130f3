"""A certificate authority of this world's own, and the certificate by which its server is known.

For `--tls`: clients that trust the file `tls/authority.pem` of the state folder can call the server
by HTTPS. The authority is made once and kept; the certificate is made anew at a start when it has
little time left or another address is served.

Source: RFC 5280; RFC 2818 section 3.1 for the names in a certificate.
"""

from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from openroots.storage.durable import make_private

TEN_YEARS, A_YEAR, A_MONTH = (timedelta(days=days) for days in (3650, 365, 30))
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Certified(NamedTuple):
    """Where everything is: what clients trust, and what the server shows and signs with."""

    authority: Path
    certificate: Path
    key: Path


def certified(state: Path, host: str, wall: datetime) -> Certified:
    """The files of this world, made where they are missing or run out. Raises OSError where they
    cannot be written."""
    folder = state / "tls"
    make_private(folder)
    made = Certified(folder / "authority.pem", folder / "server.pem", folder / "server.key")
    if not made.authority.exists():
        _make_authority(made.authority, wall)
    names = tuple(dict.fromkeys((host, *LOOPBACK)))
    if not _is_good(made.certificate, names, wall):
        _make_certificate(made, names, wall)
    return made


def fault_in(folder: Path) -> str:
    """What is wrong with what was made in this folder, before somebody finds out by what no longer
    answers: "" where nothing is, or nothing was made yet."""
    authority, server = folder / "authority.pem", folder / "server.pem"
    if not (authority.exists() or server.exists()):
        return ""
    try:
        trusted = _with_its_key(authority)
        if server.exists():
            _with_its_key(server).verify_directly_issued_by(trusted)
    except FileNotFoundError as error:
        return f"{Path(error.filename).name} is not there"
    except (InvalidSignature, TypeError):
        return f"{authority.name} does not vouch for {server.name}"
    except ValueError as error:
        return str(error)
    return ""


def _with_its_key(path: Path) -> x509.Certificate:
    """The certificate of this file. Raises ValueError where it is none, or its key is not beside
    it."""
    key = path.with_suffix(".key")
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path.name} is no certificate") from error
    try:
        private = load_pem_private_key(key.read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(f"{key.name} is no key") from error
    if private.public_key() != certificate.public_key():
        raise ValueError(f"{key.name} is not the key of {path.name}")
    return certificate


def _make_authority(path: Path, wall: datetime) -> None:
    key = generate_private_key(SECP256R1())
    name = _name("OpenRoots local authority")
    certificate = (
        _builder(name, name, key, wall, TEN_YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(key, SHA256())
    )
    _write(path.with_suffix(".key"), _private(key))
    _write(path, certificate.public_bytes(Encoding.PEM))


def _make_certificate(made: Certified, names: tuple[str, ...], wall: datetime) -> None:
    authority = x509.load_pem_x509_certificate(made.authority.read_bytes())
    signing = load_pem_private_key(made.authority.with_suffix(".key").read_bytes(), None)
    assert isinstance(signing, EllipticCurvePrivateKey)
    key = generate_private_key(SECP256R1())
    certificate = (
        _builder(_name(names[0]), authority.subject, key, wall, A_YEAR)
        .add_extension(x509.SubjectAlternativeName(list(map(_general, names))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key()),
            critical=False,
        )
        .sign(signing, SHA256())
    )
    _write(made.key, _private(key))
    _write(made.certificate, certificate.public_bytes(Encoding.PEM))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePrivateKey,
    wall: datetime,
    life: timedelta,
) -> x509.CertificateBuilder:
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(wall - timedelta(hours=1))
        .not_valid_after(wall + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _is_good(path: Path, names: tuple[str, ...], wall: datetime) -> bool:
    if not path.exists():
        return False
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    is_fresh = certificate.not_valid_after_utc - wall > A_MONTH
    return is_fresh and list(told) == list(map(_general, names))


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _private(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write(path: Path, content: bytes) -> None:
    """For this user alone, and whole under its name."""
    making = path.with_name(f"{path.name}.making")
    making.touch(0o600)
    making.write_bytes(content)
    making.replace(path)
