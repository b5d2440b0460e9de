"""HTTPS by files: a real handshake, new files without a restart, bad ones refused while the old ones stay."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.web.certificate import Certificate, CertificateRefused
from monitor.web.server import Server, listen_remedy


def write(folder: Path, name: str) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    files = folder / "room.pem", folder / "room.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    for file in files:
        os.utime(file, ns=(0, int(now.timestamp() * 1e9)))
    return str(files[0]), str(files[1])


async def shown(port: int) -> tuple[str, str]:
    """(common name of the certificate, first line of an answer)."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: room\r\nConnection: close\r\n\r\n")
    line = (await reader.readline()).decode().strip()
    writer.close()
    name = x509.load_der_x509_certificate(der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    return str(name), line


def server() -> Server:
    async def command(request: object) -> object:
        raise AssertionError

    return Server(
        metrics=lambda accept, encoding: (b"", {}),
        status=dict,
        healthy=str,
        ready=str,
        command=command,  # type: ignore[arg-type]
    )


async def test_new_files_are_used_without_a_restart_and_bad_ones_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = Certificate.of(*write(tmp_path, "first"))
    assert made is not None
    serving = server()
    await serving.listen("127.0.0.1", 0, made)
    try:
        assert await shown(serving.port) == ("first", "HTTP/1.1 200 OK")
        assert not made.look()
        write(tmp_path, "second")
        assert made.look()
        assert (await shown(serving.port))[0] == "second"
        for spoil in (lambda file: file.write_text("no PEM"), lambda file: file.unlink()):
            spoil(tmp_path / "room.pem")
            assert not made.look()
            assert not made.look()
            assert (await shown(serving.port))[0] == "second"
        assert sum("refused" in one.message for one in caplog.records) == 2, "each is said once"
    finally:
        await serving.close()


async def test_without_a_good_certificate_nothing_is_served_in_the_clear(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("x")
    made, serving = Certificate(str(tmp_path / "none.pem"), str(tmp_path / "key")), server()
    with pytest.raises(CertificateRefused, match=r"none\.pem") as refused:
        await serving.listen("127.0.0.1", 0, made)
    assert "tls_certificate" in listen_remedy(refused.value)
    assert serving.port == 0
    await serving.close()
