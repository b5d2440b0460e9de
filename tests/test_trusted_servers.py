"""Certificates are judged alike on every Python: from 3.13 on, ssl alone refuses what browsers take."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from alerting.sending import web_request
from probes.network import service


@pytest.mark.parametrize("made", [lambda: service.tls_context(""), lambda: web_request._context(verify=True)])
def test_a_firms_certificate_without_a_detail_of_the_standard_is_taken(
    made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = ssl.create_default_context

    def newer(*args: Any, **named: Any) -> ssl.SSLContext:
        context = usual(*args, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", newer)
    context = made()
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_no_server_is_asked_in_another_way() -> None:
    root = Path(__file__).resolve().parent.parent
    calls = [
        (str(file), line.strip())
        for folder in ("alerting", "monitor", "probes")
        for file in (root / folder).rglob("*.py")
        for line in file.read_text().splitlines()
        if "create_default_context(" in line
    ]
    assert len(calls) >= 5
    assert [one for one in calls if "as_browsers(" not in one[1]] == []
