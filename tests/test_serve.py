"""What build.py's server answers."""

import http.client
import os
import socket
import threading
import zlib
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

import build

PAGE = b"""<meta http-equiv="Content-Security-Policy" content="default-src 'none';
    script-src 'self'"><p>Hello</p>"""
POLICY = "default-src 'none'; script-src 'self'; frame-ancestors 'self'"
SCRIPT = b"export const answer = 42;\n" * 100
BROTLI = b"the same, packed by Brotli"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "index.html").write_bytes(PAGE)
    (folder / "main.js").write_bytes(SCRIPT)
    (folder / "main.js.gz").write_bytes(zlib.compress(SCRIPT, wbits=31))
    (folder / "main.js.br").write_bytes(BROTLI)
    (folder / "other.js").write_bytes(SCRIPT)
    (folder / "other.js.gz").write_bytes(zlib.compress(SCRIPT, wbits=31))
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder


@pytest.fixture
def server(folder: Path) -> Iterator[ThreadingHTTPServer]:
    with build.make_server(folder, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(
    server: ThreadingHTTPServer, path: str, method: str = "GET", **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/index.html", "/?lang=en"])
def test_the_page(path: str, server: ThreadingHTTPServer) -> None:
    status, headers, body = ask(server, path)
    assert (status, headers["Content-Type"], body) == (200, "text/html", PAGE)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.js", "text/javascript"),
        ("a.mjs", "text/javascript"),
        ("a.css", "text/css"),
        ("a.json", "application/json"),
        ("a.svg", "image/svg+xml"),
        ("a.wasm", "application/wasm"),
        ("a.whl", "application/octet-stream"),
        ("a.zip", "application/octet-stream"),
        ("a.safetensors", "application/octet-stream"),
    ],
)
def test_content_types(name: str, kind: str, folder: Path, server: ThreadingHTTPServer) -> None:
    (folder / name).write_bytes(b"something")
    status, headers, body = ask(server, f"/{name}")
    assert (status, headers["Content-Type"], body) == (200, kind, b"something")


@pytest.mark.parametrize(
    ("file", "accepted", "encoding"),
    [
        ("main.js", "gzip, deflate, br", "br"),
        ("main.js", "br;q=0.5,gzip", "br"),
        ("main.js", "gzip, br;q=0", "gzip"),
        ("main.js", "GZIP; q=1.0, br; q=0.0", "gzip"),
        ("main.js", "x-br, gzip", "gzip"),
        ("other.js", "br, gzip", "gzip"),
        ("other.js", "br", None),
        ("main.js", "identity", None),
        ("main.js", "", None),
    ],
)
def test_the_smallest_form_goes_to_who_can_unpack_it(
    file: str, accepted: str, encoding: str | None, server: ThreadingHTTPServer
) -> None:
    _, headers, body = ask(server, f"/{file}", Accept_Encoding=accepted)
    assert (headers["Content-Encoding"], headers["Content-Type"]) == (encoding, "text/javascript")
    assert headers["Vary"] == "Accept-Encoding"
    assert body == {"br": BROTLI, "gzip": zlib.compress(SCRIPT, wbits=31), None: SCRIPT}[encoding]


def test_a_browser_that_has_the_file_is_told_so(folder: Path, server: ThreadingHTTPServer) -> None:
    _, headers, _ = ask(server, "/main.js")
    assert headers["Cache-Control"] == "no-cache"
    tag = headers["ETag"]
    status, headers, body = ask(server, "/main.js", If_None_Match=tag)
    assert (status, headers["ETag"], body) == (304, tag, b"")

    for encoding in ("gzip", "br"):  # other representations
        assert ask(server, "/main.js", If_None_Match=tag, Accept_Encoding=encoding)[0] == 200
    os.utime(folder / "main.js", (1, 1))  # changed, even if to something older
    assert ask(server, "/main.js", If_None_Match=tag)[0] == 200


@pytest.mark.parametrize("path", ["/", "/main.js", "/missing"])
def test_every_answer_has_the_policy(path: str, server: ThreadingHTTPServer) -> None:
    _, headers, _ = ask(server, path)
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    if "ETag" in headers:
        _, headers, _ = ask(server, path, If_None_Match=headers["ETag"])
        assert headers["Content-Security-Policy"] == POLICY


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/./../dist/../secret.txt",
        "//../secret.txt",
        "/missing",
        "/index.html/",
        "/%00",
        "/main.js%00.png",
        "/%ed%a0%80",  # half of a surrogate pair
        f"/{'long' * 1000}",
    ],
)
def test_nothing_else_is_served(path: str, server: ThreadingHTTPServer) -> None:
    status, _, body = ask(server, path)
    assert status == 404
    assert b"secret" not in body


def test_what_its_content_has_named_is_kept_for_ever(folder: Path, server: ThreadingHTTPServer) -> None:
    named = folder / "0123456789abcdef" / "pyodide"
    named.mkdir(parents=True)
    (named / "late.bin").write_bytes(b"code")
    _, headers, _ = ask(server, "/0123456789abcdef/pyodide/late.bin")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_a_folder_is_not_listed(folder: Path, server: ThreadingHTTPServer) -> None:
    (folder / "models").mkdir()
    assert ask(server, "/models")[0] == ask(server, "/models/")[0] == 404


def test_head_sends_no_body(server: ThreadingHTTPServer) -> None:
    status, headers, body = ask(server, "/main.js", method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(SCRIPT)), b"")


@pytest.mark.parametrize("error", [ConnectionResetError, TimeoutError])
def test_a_browser_that_hangs_up_is_no_news(
    error: type[OSError], server: ThreadingHTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        raise error
    except OSError:
        server.handle_error(None, None)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("sent", [b"", b"GET /"])
def test_an_idle_connection_is_closed(
    sent: bytes, server: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0 < build.StaticHandler.timeout <= 60
    monkeypatch.setattr(build.StaticHandler, "timeout", 0.01)
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=10) as connection:
        connection.sendall(sent)
        assert connection.recv(1) == b"", "the server's end"
    assert capsys.readouterr().err == ""


def test_a_taken_port_is_told(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(build.BuildError, match=rf"^Port {port} cannot be used .*: choose another with --port\.$"):
            build.make_server(folder, port)


def test_a_port_that_is_none_is_told(folder: Path) -> None:
    with pytest.raises(build.BuildError, match=r"^Port 70000 cannot be used"):
        build.make_server(folder, 70000)


def test_a_page_without_a_policy_is_not_served(folder: Path) -> None:
    (folder / "index.html").write_bytes(b"<p>Hello</p>")
    with pytest.raises(build.BuildError, match=r"^index\.html has no <meta"):
        build.make_server(folder, 0)
