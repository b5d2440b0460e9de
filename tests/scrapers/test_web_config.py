"""web.yml: what is good, and the exact sentence for each file that is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerting.configuration import ConfigurationError
from monitor.web.scrapers.read_web_yml import read

HASH = "$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze"
TLS = "tls_server_config:\n  cert_file: a.crt\n  key_file: a.key\n"
BAD = {
    "": "FILE: holds no keys. Write tls_server_config or basic_auth_users.",
    "- a": "FILE: holds no keys. Write tls_server_config or basic_auth_users.",
    "http_server_config: { http2: false }": (
        'FILE: asks for no TLS and for no password. Set metrics.web_config = "" if that is meant.'
    ),
    "basic_auth_users:\n  secret-word: [": "FILE: is not YAML in line 2. Mend that line.",
    f"basic_auth_users:\n  a: {HASH}\n  a: {HASH}": (
        'FILE: is not YAML: line 3: the key "a" stands twice. Mend that line.'
    ),
    "basic_auth_users: {}": (
        "FILE: basic_auth_users: names nobody. Write a name and a bcrypt hash below it, or leave it out."
    ),
    "basic_auth_users:\n  alice:\n": (
        "FILE: basic_auth_users.alice: is no bcrypt hash. Write what `htpasswd -nBC 10 NAME` prints behind the colon;"
        " a cost of 15 is the most."
    ),
    "basic_auth_users:\n  alice: my password\n": (
        "FILE: basic_auth_users.alice: is no bcrypt hash. Write what `htpasswd -nBC 10 NAME` prints behind the colon;"
        " a cost of 15 is the most."
    ),
    TLS + "  client_auth: x\n": ('FILE: tls_server_config.client_auth: unknown key. Did you mean "client_auth_type"?'),
    TLS + "  min_version: SSL3\n": (
        'FILE: tls_server_config.min_version = "SSL3": is not one of the choices.'
        ' Write one of "TLS10", "TLS11", "TLS12", "TLS13".'
    ),
    TLS + "  min_version: TLS11\n": "FILE: tls_server_config: TLS10 and TLS11 are too old: write TLS12 or TLS13.",
    TLS + "  client_auth_type: RequireAnyClientCert\n": (
        "FILE: tls_server_config: client_auth_type RequireAnyClientCert lets anybody in: write"
        " RequireAndVerifyClientCert."
    ),
    TLS + "  client_auth_type: RequireAndVerifyClientCert\n": (
        "FILE: tls_server_config: client_auth_type RequireAndVerifyClientCert needs client_ca_file."
    ),
    TLS + "  client_ca_file: ca.pem\n": (
        "FILE: tls_server_config: client_ca_file asks nobody without client_auth_type: write"
        " RequireAndVerifyClientCert."
    ),
    "tls_server_config: { cert_file: a.crt }": "FILE: tls_server_config: key_file is missing.",
    "tls_server_config: yes": ("FILE: tls_server_config: expected keys. Write them below it, indented."),
    TLS + "http_server_config: { headers: { Server: x } }": (
        'FILE: http_server_config: headers: "Server" is none of Content-Security-Policy, X-Frame-Options,'
        " X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security."
    ),
}


@pytest.mark.parametrize("text", BAD)
def test_a_bad_file_gets_one_clear_sentence(tmp_path: Path, text: str) -> None:
    file = tmp_path / "web.yml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read(file)
    assert str(caught.value).replace(str(file), "FILE").rstrip() == BAD[text]


def test_the_usual_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "web.yml"
    file.write_text(
        TLS
        + "  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.pem\n  min_version: TLS13\n"
        + f"http_server_config:\n  http2: true\nbasic_auth_users:\n  alice: {HASH}\n  123: {HASH}\n  yes: {HASH}\n"
        + "rate_limit:\n  interval: 1s\n  burst: 20\n"
    )
    found = read(file)
    assert list(found.basic_auth_users) == ["alice", "123", "yes"]
    assert found.tls_server_config is not None
    assert found.tls_server_config.min_version == "TLS13"
    assert found.notes() == ("rate_limit is not applied: connections are limited by their number instead",)


@given(st.binary(max_size=200))
def test_any_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yml"
    file.write_bytes(raw)
    try:
        found = read(file)
    except ConfigurationError as error:
        assert str(file) in str(error)
    else:
        assert found.tls_server_config is not None or found.basic_auth_users
