"""Under which names a running app answers: those of this machine, and what its owner adds."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import serve

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def answered(url: str, host: str) -> int:
    """The status with which a page's connection is taken, of a browser that calls this machine `host`."""
    at = urlsplit(url)
    assert at.hostname and at.port
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    named = f"{host}:{at.port}"
    try:
        connection.putrequest("GET", "/_stcore/stream", skip_host=True)
        for name, value in {**UPGRADE, "Host": named, "Origin": f"http://{named}"}.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("options", "taken", "refused"),
    [
        ([], ["localhost", "127.0.0.1", "[::1]"], ["evil.example", "localhost.evil.example"]),
        (["--server.allowedHosts", "mine.example"], ["mine.example"], ["evil.example"]),
    ],
    ids=["as it comes", "another name"],
)
def test_a_name_that_nobody_allowed_is_refused(options, taken, refused, tmp_path):
    with serve(tmp_path, options=options) as url:
        assert {host: answered(url, host) for host in taken} == dict.fromkeys(taken, 101)
        assert {host: answered(url, host) for host in refused} == dict.fromkeys(refused, 403)
