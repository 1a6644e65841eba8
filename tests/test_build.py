"""What build.py fetches, builds and says. No network: a server on this machine stands for the hosts."""

import base64
import functools
import hashlib
import importlib.metadata
import io
import json
import shutil
import subprocess
import sys
import threading
import tomllib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import build
from build import BuildError, File, Host, Package, content_of
from pysrc import lean

ROOT = Path(build.__file__).parent
DATA = bytes(range(256)) * 4096  # 1 MiB


def file_of(data: bytes, *sources: Host | Package, name: str = "thing.bin") -> File:
    return File(name, len(data), hashlib.sha256(data).hexdigest(), sources)


# Fetch


class FakeHost(HTTPServer):
    """Gives `files` by name and notes what each request asked for; misbehaves as it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), FakeHostHandler)
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None]] = []  # name, Range
        self.cuts: list[int] = []  # after how many bytes each of the next answers breaks off
        self.knows_ranges = True
        self.knows_lengths = True
        self.silent = False
        self.source = Host("the host", f"http://127.0.0.1:{self.server_port}/")


class FakeHostHandler(BaseHTTPRequestHandler):
    server: FakeHost

    def do_GET(self) -> None:
        name, wanted = self.path[1:], self.headers.get("Range")
        self.server.requests.append((name, wanted))
        if self.server.silent:
            return
        if name not in self.server.files:
            self.send_error(404)
            return
        resumed = bool(wanted and self.server.knows_ranges)
        data = self.server.files[name]
        if resumed:
            data = data[int(wanted.removeprefix("bytes=").removesuffix("-")) :]
        self.send_response(206 if resumed else 200)
        if self.server.knows_lengths:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: self.server.cuts.pop(0)] if self.server.cuts else data)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeHost]:
    monkeypatch.setenv("no_proxy", "*")
    with FakeHost() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def package(script: str, folder: str | None = "inside/") -> Package:
    """A package whose client is a Python script, run in the folder where it should leave the archive."""
    return Package("the package", (sys.executable, "-c", script), folder)


WHEEL = "import zipfile; zipfile.ZipFile('a.whl', 'w').writestr('inside/thing.bin', {!r})"
TARBALL = """
import io, tarfile
entry = tarfile.TarInfo('inside/thing.bin')
entry.size = len({0!r})
with tarfile.open('a.tgz', 'w:gz') as archive:
    archive.addfile(entry, io.BytesIO({0!r}))
"""
PLAIN = "open('thing.bin', 'wb').write({!r}).real"


def in_cache(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir())


def test_a_download_gets_its_name_and_leaves_no_part(host: FakeHost, tmp_path: Path) -> None:
    host.files["thing.bin"] = DATA
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == DATA
    assert in_cache(tmp_path) == ["thing.bin"]


def test_a_cut_download_goes_on_where_it_ended(host: FakeHost, tmp_path: Path) -> None:
    host.files["thing.bin"] = DATA
    host.cuts = [300_000, 400_000]
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == DATA
    assert [wanted for _, wanted in host.requests] == [None, "bytes=300000-", "bytes=700000-"]


def test_a_download_goes_on_in_a_later_run(host: FakeHost, tmp_path: Path) -> None:
    host.files["thing.bin"] = DATA
    (tmp_path / "thing.bin.part").write_bytes(DATA[:1000])
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == DATA
    assert host.requests == [("thing.bin", "bytes=1000-")]


def test_a_host_that_cannot_resume_sends_it_all_again(host: FakeHost, tmp_path: Path) -> None:
    host.files["thing.bin"] = DATA
    host.cuts = [300_000]
    host.knows_ranges = False
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == DATA
    assert len(host.requests) == 2


def test_a_host_that_keeps_breaking_off_is_given_up_but_what_came_is_kept(host: FakeHost, tmp_path: Path) -> None:
    host.files["thing.bin"] = DATA
    host.cuts = [1000, 0]
    with pytest.raises(BuildError, match=r"the host failed \(the connection was cut\)"):
        build.fetch([file_of(DATA, host.source)], tmp_path)
    assert in_cache(tmp_path) == ["thing.bin.part"]
    assert (tmp_path / "thing.bin.part").read_bytes() == DATA[:1000]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [(DATA[:-1] + b"?", "the sha256 differs"), (DATA + b"?", f"{len(DATA) + 1} instead of {len(DATA)}")],
    ids=["changed", "longer"],
)
def test_wrong_bytes_are_refused(
    wrong: bytes, reason: str, host: FakeHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.files["thing.bin"] = wrong
    with pytest.raises(BuildError):
        build.fetch([file_of(DATA, host.source)], tmp_path)
    assert in_cache(tmp_path) == []
    assert f"thing.bin: the host failed (wrong bytes: {reason})\n" in capsys.readouterr().err


@pytest.mark.parametrize("knows_lengths", [True, False])
@pytest.mark.parametrize("part", [b"", DATA[:1000]], ids=["afresh", "resumed"])
def test_a_captive_portals_page_is_not_taken_for_the_file(
    part: bytes, knows_lengths: bool, host: FakeHost, tmp_path: Path
) -> None:
    """Nor for its beginning: what comes in the next run is the file."""
    (tmp_path / "thing.bin.part").write_bytes(part)
    host.files["thing.bin"] = b"<title>Log in</title>" * 100
    host.knows_ranges, host.knows_lengths = False, knows_lengths
    with pytest.raises(BuildError, match=r"wrong bytes: 2100 instead of 1048576"):
        build.fetch([file_of(DATA, host.source)], tmp_path)
    host.files["thing.bin"] = DATA
    host.knows_ranges = host.knows_lengths = True
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == DATA


@pytest.mark.parametrize("served", [{}, {"thing.bin": b"wrong"}], ids=["missing", "wrong"])
def test_the_next_source_takes_over(
    served: dict[str, bytes], host: FakeHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host.files = served
    build.fetch([file_of(b"right", host.source, package(WHEEL.format(b"right")))], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == b"right"
    said = capsys.readouterr().err
    assert said.index("thing.bin: the host failed") < said.index("from the package")


def test_a_silent_host_is_asked_once(host: FakeHost, tmp_path: Path) -> None:
    host.silent = True
    files = [file_of(b"right", host.source, package(PLAIN.format(b"right"), None), name=name) for name in "abc"]
    build.fetch(files, tmp_path)
    assert in_cache(tmp_path) == ["a", "b", "c"]
    assert host.requests == [("a", None)]


@pytest.mark.parametrize(
    ("script", "folder"), [(WHEEL, "inside/"), (TARBALL, "inside/"), (PLAIN, None)], ids=["wheel", "tarball", "plain"]
)
def test_a_package_gives_a_file(script: str, folder: str | None, tmp_path: Path) -> None:
    build.fetch([file_of(b"right", package(script.format(b"right"), folder))], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == b"right"
    assert in_cache(tmp_path) == ["thing.bin"]


def test_each_source_tells_why_it_failed(host: FakeHost, tmp_path: Path) -> None:
    complains = package("import sys; sys.exit('npm warn old\\nnpm error code E404\\nnpm error more')")
    says_nothing = package("raise SystemExit(3)")
    lacks_it = package(WHEEL.format(b"right"), "elsewhere/")
    not_here = Package("the registry", ("no-such-client",), None)
    with pytest.raises(BuildError) as caught:
        build.fetch([file_of(DATA, host.source, not_here, complains, says_nothing, lacks_it)], tmp_path)
    assert str(caught.value) == (
        "thing.bin cannot be fetched: the host failed (HTTP status 404); "
        "the registry failed (no-such-client is not installed); "
        "the package failed (npm error code E404); "
        f"the package failed ({sys.executable} ended with status 3); "
        "the package failed (a.whl has no such file). Check the network and run this again."
    )


def test_what_is_cached_is_not_asked_for(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "thing.bin").write_bytes(DATA)
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert host.requests == []


def test_a_damaged_cache_is_replaced(host: FakeHost, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    host.files["thing.bin"] = DATA
    (tmp_path / "thing.bin").write_bytes(DATA[:-1])
    build.fetch([file_of(DATA, host.source)], tmp_path)
    assert (tmp_path / "thing.bin").read_bytes() == DATA
    assert "thing.bin: the cached one is damaged and thrown away\n" in capsys.readouterr().err


def test_a_damaged_cache_is_not_used_for_want_of_better(host: FakeHost, tmp_path: Path) -> None:
    (tmp_path / "thing.bin").write_bytes(DATA[:-1])
    with pytest.raises(BuildError, match=r"^thing\.bin cannot be fetched"):
        build.fetch([file_of(DATA, host.source)], tmp_path)
    assert in_cache(tmp_path) == []


def test_progress_is_lines_in_a_log_and_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    file = file_of(DATA)
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    for now in range(0, len(DATA), 1 << 16):
        build.show_progress(file, now, now + (1 << 16))
    assert [line.split()[1] for line in log.getvalue().splitlines()] == ["0.3/1.0", "0.5/1.0", "0.8/1.0", "1.0/1.0"]

    terminal = io.StringIO()
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stderr", terminal)
    build.show_progress(file, 0, len(DATA) // 2)
    assert terminal.getvalue() == f"\r  thing.bin [{'#' * 15}{' ' * 15}] 0.5/1.0 MB"


# Build


PYPROJECT = b"""
[project]
name = "kerata"
version = "1.2.3"
dependencies = ["numpy>=2", "pyfive==1.0.1"]
"""


def model(weights: bytes, inputs: Sequence[int] = (1, 28, 28, 1), outputs: Sequence[int] = (1, 10)) -> bytes:
    """As `kerata convert` writes it, as far as a build looks."""
    test = json.dumps({"inputs": [{"shape": inputs}], "outputs": [{"shape": outputs}]})
    header = json.dumps({"__metadata__": {"self_test": test}}).encode()
    return len(header).to_bytes(8, "little") + header + weights


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project whose fetched files are all in its cache."""
    root = tmp_path / "project"
    contents = {
        "pyproject.toml": PYPROJECT,
        "pysrc/kerata/__init__.py": b"from .layers import ANSWER\n",
        "pysrc/kerata/layers/__init__.py": b"ANSWER = 42\n",
        "pysrc/kerata/__pycache__/__init__.cpython-311.pyc": b"not for others",
        "site/index.html": b'<script type="module" src="tiny.js"></script>' + b"<p>Hello</p>" * 200,
        "site/service-worker.js": b"self.oninstall = keepAll;\n",
        "site/tiny.js": b"export {};\n" * 90,  # just under 1 KB
        "site/models/mnist.safetensors": model(b"\0" * 5000),
    }
    fetched = {
        file.name: file.name.encode() if file.name.endswith(".whl") else f"{file.name} ".encode() * 200
        for file in build.FILES
    }
    contents |= {f"cache/{name}": data for name, data in fetched.items()}
    for name, data in contents.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    monkeypatch.setattr(build, "ROOT", root)
    monkeypatch.setattr(build, "SITE", root / "site")
    monkeypatch.setattr(build, "CACHE", root / "cache")
    (root / "cache" / "tool.tgz").write_bytes(b"tool")
    monkeypatch.setattr(build, "FILES", [file_of(data, name=name) for name, data in fetched.items()])
    for tool in ("ESBUILD", "TERSER"):
        monkeypatch.setattr(build, tool, file_of(b"tool", name="tool.tgz"))
    monkeypatch.setattr(lean, "byte_compile", no_compiler)
    return root


def no_compiler(folder: Path, cache: Path) -> None:
    raise lean.NoCompilerError("Node.js is not installed")


def test_without_a_compiler_a_build_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_dist(project)
    assert "Node.js is not installed: Python starts from its modules' source code" in capsys.readouterr().err


def test_the_lock_fits_the_compiled_archives(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def compiled(folder: Path, cache: Path) -> None:
        for wheel in folder.glob("*.whl"):
            wheel.write_bytes(b"compiled")

    monkeypatch.setattr(lean, "byte_compile", compiled)
    monkeypatch.setattr(lean, "take_snapshots", lambda *given: None)
    monkeypatch.setattr(lean, "bundle_modules", lambda *given: None)
    lock = json.loads((content_of(make_dist(project)) / "pyodide" / "pyodide-lock.json").read_text())
    assert {entry["sha256"] for entry in lock["packages"].values()} == {hashlib.sha256(b"compiled").hexdigest()}


def test_without_the_minifier_the_snapshot_is_taken_all_the_same(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken: list[tuple[object, ...]] = []
    monkeypatch.setattr(lean, "byte_compile", lambda *given: None)
    monkeypatch.setattr(lean, "take_snapshots", lambda *given: taken.append(given))
    monkeypatch.setattr(lean, "bundle_modules", lambda *given: None)
    monkeypatch.setattr(build, "TERSER", file_of(b"another", name="another.tgz")._replace(sources=()))
    make_dist(project)
    assert [minifier for _, _, minifier, _ in taken] == [None]
    assert "more has to be downloaded" in capsys.readouterr().err


def test_without_the_bundler_the_modules_stay_apart(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(site: Path, esbuild: Path) -> None:
        raise AssertionError("there is nothing to bundle with")

    monkeypatch.setattr(lean, "byte_compile", lambda *given: None)
    monkeypatch.setattr(lean, "take_snapshots", lambda *given: None)
    monkeypatch.setattr(lean, "bundle_modules", missing)
    monkeypatch.setattr(build, "ESBUILD", file_of(b"another", name="another.tgz")._replace(sources=()))
    assert (content_of(make_dist(project)) / "tiny.js").is_file()
    assert "the page's modules stay apart" in capsys.readouterr().err


def make_dist(project: Path, out: Path | None = None) -> Path:
    out = out or project / "dist"
    build.make_dist(out)
    return out


def contents_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_can_be_imported(project: Path) -> None:
    wheel = build.write_wheel(project)
    assert wheel.name == "kerata-1.2.3-py3-none-any.whl"
    script = f"import sys; sys.path.insert(0, {str(wheel)!r}); import kerata; print(kerata.ANSWER, kerata.__file__)"
    answer, place = subprocess.check_output([sys.executable, "-I", "-c", script], text=True).split()
    assert answer == "42"
    assert Path(place) == wheel / "kerata" / "__init__.py"


def test_the_wheel_tells_what_it_is(project: Path) -> None:
    (found,) = importlib.metadata.distributions(path=[str(build.write_wheel(project))])
    assert (found.name, found.version, found.requires) == ("kerata", "1.2.3", ["numpy>=2", "pyfive==1.0.1"])


def test_in_a_browser_the_package_needs_numpy_and_pyfive_alone() -> None:
    """The command line's packages are not for Pyodide, whose micropip reads the wheel's metadata."""
    project = tomllib.loads((build.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [Requirement(each) for each in project["dependencies"]]
    browser = {"sys_platform": "emscripten"}
    assert {each.name for each in needed if not each.marker or each.marker.evaluate(browser)} == {"numpy", "pyfive"}
    assert {"rich", "shtab"} < {each.name for each in needed if not each.marker or each.marker.evaluate()}
    assert build.DEPENDS["kerata"] == ["numpy"]


def test_the_wheels_record_is_true_and_complete(project: Path) -> None:
    with zipfile.ZipFile(build.write_wheel(project)) as wheel:
        members = {name: wheel.read(name) for name in wheel.namelist()}
    lines = [line.split(",") for line in members["kerata-1.2.3.dist-info/RECORD"].decode().splitlines()]
    assert sorted(name for name, _, _ in lines) == sorted(members)
    for name, digest, size in lines:
        if name.endswith("RECORD"):
            assert digest == size == ""
            continue
        expected = base64.urlsafe_b64encode(hashlib.sha256(members[name]).digest()).decode().rstrip("=")
        assert (digest, size) == (f"sha256={expected}", str(len(members[name])))
    assert not [name for name in members if "__pycache__" in name]


def test_the_same_sources_give_the_same_build(project: Path) -> None:
    first = make_dist(project, project / "first")
    for source in project.glob("pysrc/**/*.py"):
        source.touch()
    assert contents_of(first) == contents_of(make_dist(project, project / "second"))


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="no Git here, or not its checkout"
)
def test_a_checkout_has_the_same_bytes_on_windows(tmp_path: Path) -> None:
    """Where Git turns the ends of lines into CRLF, unless .gitattributes says otherwise."""
    git = ["git", "-c", "core.eol=crlf", "-c", "core.autocrlf=true"]
    subprocess.run([*git, "checkout-index", "--all", f"--prefix={tmp_path}/"], cwd=ROOT, check=True)
    listed = subprocess.check_output([*git, "ls-files", "--stage", "--full-name"], cwd=ROOT, text=True)
    blobs = {name: words.split()[1] for words, _, name in (line.partition("\t") for line in listed.splitlines())}
    assert "site/index.html" in blobs
    for name, digest in blobs.items():
        data = (tmp_path / name).read_bytes()
        assert hashlib.sha1(b"blob %d\0%b" % (len(data), data)).hexdigest() == digest, name


def test_what_is_written_has_the_same_ends_of_lines_on_windows(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_dist(project, project / "first")
    monkeypatch.setattr(Path, "write_text", functools.partialmethod(as_on_windows, Path.write_text))
    assert contents_of(first) == contents_of(make_dist(project, project / "second"))


def as_on_windows(path: Path, write_text: Callable[..., int], text: str, **options: str) -> int:
    return write_text(path, text, **{"newline": "\r\n"} | options)


def test_the_lock_names_our_packages_with_their_hashes(project: Path) -> None:
    pyodide = content_of(make_dist(project)) / "pyodide"
    packages = json.loads((pyodide / "pyodide-lock.json").read_text())["packages"]
    assert {name: entry["depends"] for name, entry in packages.items()} == {
        "numpy": [],
        "pyfive": ["numpy"],
        "kerata": ["numpy"],
    }
    for entry in packages.values():
        assert entry["sha256"] == hashlib.sha256((pyodide / entry["file_name"]).read_bytes()).hexdigest()


def test_the_page_is_told_the_sizes_of_what_it_fetches(project: Path) -> None:
    content = content_of(make_dist(project))
    runtime = json.loads((content / build.SIZES).read_text())
    assert (runtime["version"], runtime["pyodide"]) == ("1.2.3", build.PYODIDE)
    fetched = [
        build.MODEL,
        *(f"pyodide/{name}" for name in contents_of(content / "pyodide") if not name.endswith(build.PACKED)),
    ]
    assert runtime["files"] == {path: (content / path).stat().st_size for path in fetched}
    for path, digest in runtime["hashes"].items():
        assert digest == base64.b64encode(hashlib.sha256((content / path).read_bytes()).digest()).decode()
    assert runtime["hashes"].keys() == set(fetched) - set(build.SNAPSHOTS)


def test_what_the_page_asks_for_lies_where_its_content_has_named(project: Path) -> None:
    first = make_dist(project, project / "first")
    content = content_of(first)
    elsewhere = [path for path in first.rglob("*") if path.is_file() and content not in path.parents]
    assert {path.name for path in elsewhere if path.suffix not in build.PACKED} == {"index.html", build.WORKER}
    assert (content / "tiny.js").is_file()
    assert f'src="{content.name}/tiny.js"' in (first / "index.html").read_text()
    same = make_dist(project, project / "same")
    assert content_of(same).name == content.name
    (project / "site" / build.MODEL).write_bytes(model(b"\1" * 5000))
    assert content_of(make_dist(project, project / "other")).name != content.name


def test_the_archive_holds_the_site_and_serves_from_anywhere(project: Path, tmp_path: Path) -> None:
    assert build.main(["build", "--zip", "--out", str(project / "dist")]) == 0
    with zipfile.ZipFile(project / "dist.zip") as archive:
        archive.extractall(tmp_path / "stick")
        assert {entry.compress_type for entry in archive.infolist()} == {zipfile.ZIP_DEFLATED}  # it is carried
    site, carried = contents_of(project / "dist"), contents_of(tmp_path / "stick" / "kerata")
    assert carried.keys() == {name for name in site if not name.endswith(build.PACKED)}
    changed = {name for name in carried if carried[name] != site[name]}
    assert {name.rpartition("/")[2] for name in changed} <= {"runtime.json", "service-worker.js"}
    assert {path.name for path in project.iterdir()} == {"cache", "dist", "dist.zip", "pyproject.toml", "pysrc", "site"}


def test_the_page_is_told_what_it_may_ask_for_packed(project: Path) -> None:
    (project / "site" / build.MODEL).write_bytes(model(bytes(200_000)))
    assert build.main(["build", "--zip", "--out", str(project / "dist")]) == 0
    sizes = content_of(project / "dist") / build.SIZES
    assert json.loads(sizes.read_text())["packed"] == [build.MODEL]
    name = sizes.relative_to(project / "dist").as_posix()
    with zipfile.ZipFile(project / "dist.zip") as archive:
        runtime = archive.read(f"kerata/{name}")
        assert json.loads(runtime)["packed"] == []
        files = archive.read("kerata/service-worker.js").decode().removeprefix("const FILES = ").partition(";\n")[0]
        digest = base64.b64encode(hashlib.sha256(runtime).digest()).decode()
        assert json.loads(files)[name] == digest


def test_the_service_worker_knows_every_file_and_its_hash(project: Path) -> None:
    example = project / "site" / "examples" / "page.html"
    example.parent.mkdir()
    example.write_text("<!doctype html>")
    dist = make_dist(project)
    text = (dist / "service-worker.js").read_text()
    sizes = f"{content_of(dist).name}/{build.SIZES}"
    start, end = "const FILES = ", f';\nconst SIZES = "{sizes}";\n\nself.oninstall = keepAll;\n'
    assert text.startswith(start)
    assert text.endswith(end)
    files = json.loads(text.removeprefix(start).removesuffix(end))
    served = {name for name in contents_of(dist) if not name.endswith(build.PACKED)} - {"service-worker.js"}
    assert files.keys() == served - {"index.html", "examples/page.html"} | {"."}
    for name, digest in files.items():
        data = (dist / ("index.html" if name == "." else name)).read_bytes()
        assert digest == base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_what_gains_by_it_is_packed(project: Path) -> None:
    dist = make_dist(project)
    built, content = contents_of(dist), content_of(dist).name
    packed = {name.removesuffix(".gz"): data for name, data in built.items() if name.endswith(".gz")}
    large = {f"{content}/{name}" for name in ("models/mnist.safetensors", "pyodide/pyodide.asm.wasm")}
    assert {"index.html", *large} <= packed.keys()
    assert f"{content}/tiny.js" not in packed
    for name, data in packed.items():
        assert zlib.decompress(data, wbits=31) == built[name]
        assert len(data) < len(built[name])


NEEDS_NODE = pytest.mark.skipif(
    shutil.which("node") is None, reason="no Node.js found, so there is nothing to pack by Brotli"
)
UNPACK = "process.stdout.write(require('zlib').brotliDecompressSync(require('fs').readFileSync(0)))"


@NEEDS_NODE
def test_what_is_smaller_by_brotli_has_that_form_too(project: Path) -> None:
    dist = make_dist(project)
    built, content = contents_of(dist), content_of(dist).name
    packed = {name.removesuffix(".br"): data for name, data in built.items() if name.endswith(".br")}
    assert {"index.html", f"{content}/pyodide/pyodide.asm.wasm"} <= packed.keys()
    for name, data in packed.items():
        assert len(data) < len(built[f"{name}.gz"])
    unpacked = subprocess.run(
        ["node", "-e", UNPACK], input=packed["index.html"], capture_output=True, check=True
    ).stdout
    assert unpacked == built["index.html"]


@NEEDS_NODE
def test_what_is_packed_once_is_not_packed_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents_of(make_dist(project))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert contents_of(make_dist(project)) == before


def test_without_node_there_is_gzip_alone(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    names = contents_of(make_dist(project))
    assert "index.html.gz" in names
    assert not [name for name in names if name.endswith(".br")]


@NEEDS_NODE
def test_node_that_fails_is_told(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    script = project / "broken.mjs"
    script.write_text("process.exit(3);\n")
    monkeypatch.setattr(build.packing, "SCRIPT", script)
    assert "index.html.gz" in contents_of(make_dist(project))
    assert "Node.js failed (3): there are no .br beside the .gz.\n" in capsys.readouterr().err


def test_what_is_packed_already_is_not_packed_again(project: Path) -> None:
    noise = project / "site" / "noise.bin"
    noise.write_bytes(b"".join(hashlib.sha256(bytes([i])).digest() for i in range(256)))
    assert not (make_dist(project) / "noise.bin.gz").exists()


def test_a_build_replaces_the_one_before(project: Path) -> None:
    make_dist(project)
    (project / "site" / "tiny.js").unlink()
    assert not [name for name in contents_of(make_dist(project)) if name.endswith("tiny.js")]


def test_a_failed_build_leaves_the_one_before(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents_of(make_dist(project))
    names = sorted(project.iterdir())
    (project / "site" / "tiny.js").unlink()

    def disk_full(paths: Iterable[Path]) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(build, "pack", disk_full)
    with pytest.raises(OSError, match="disk full"):
        make_dist(project)
    assert contents_of(project / "dist") == before
    assert sorted(project.iterdir()) == names


def test_a_folder_that_is_no_build_is_left_alone(project: Path) -> None:
    with pytest.raises(BuildError, match="choose another place with --out"):
        make_dist(project, project / "pysrc")
    assert (project / "pysrc" / "kerata" / "__init__.py").exists()


@pytest.mark.parametrize("sizes", [build.SIZES, f"content/{build.SIZES}"])
def test_a_folder_that_holds_a_build_is_none(project: Path, sizes: str) -> None:
    """Nor does it have to be one that holds such a list of its own."""
    make_dist(project)
    (project / sizes).parent.mkdir(exist_ok=True)
    (project / sizes).write_text("{}")
    with pytest.raises(BuildError, match="choose another place with --out"):
        make_dist(project, project)
    assert (project / "pysrc" / "kerata" / "__init__.py").exists()


def test_a_build_of_before_content_was_named_is_replaced(project: Path) -> None:
    dist = make_dist(project)
    (content_of(dist) / build.SIZES).rename(dist / build.SIZES)
    assert build.is_build(make_dist(project))
    assert not (dist / build.SIZES).exists()


def test_a_missing_model_is_named(project: Path) -> None:
    (project / "site" / build.MODEL).unlink()
    with pytest.raises(BuildError, match=r"^site/models/mnist\.safetensors is missing: get it back with"):
        make_dist(project)


@pytest.mark.parametrize(
    ("foreign", "received"),
    [
        (b"PK\3\4 a .keras file", "a file without a self-test"),
        (b"", "a file without a self-test"),
        (model(b"")[:-1], "a file without a self-test"),
        (model(b"", inputs=(1, 224, 224, 3)), r"\(\[\[224, 224, 3\]\], \[\[10\]\]\)"),
        (model(b"", outputs=(1, 26)), r"\(\[\[28, 28, 1\]\], \[\[26\]\]\)"),
    ],
    ids=["zip", "empty", "cut", "photographs", "letters"],
)
def test_a_foreign_model_is_refused_in_one_sentence(foreign: bytes, received: str, project: Path) -> None:
    (project / "site" / build.MODEL).write_bytes(foreign)
    with pytest.raises(BuildError, match=rf"^site/{build.MODEL} is not a model for this page: .* received {received};"):
        make_dist(project)
    assert not (project / "dist").exists()


def test_our_model_is_none_that_is_foreign() -> None:
    build.check_model(build.SITE / build.MODEL)


# The commands


@pytest.mark.parametrize("command", [[], ["serve"], ["build"], ["test"], ["check"], ["train"], ["bench"]])
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build.main([*command, "--help"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith(" ".join(["usage: build.py", *command]))


@pytest.mark.parametrize("arguments", [[], ["fly"], ["build", "--fast"], ["check", "build.py"]])
def test_what_is_not_understood_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        build.main(arguments)
    assert ended.value.code == 2
    assert "build.py: error: " in capsys.readouterr().err


class FakeRun:
    """Stands for running other programs: notes each, and gives those whose words contain a key its status."""

    def __init__(self, statuses: dict[str, int]) -> None:
        self.statuses = statuses
        self.commands: list[str] = []

    def __call__(self, *command: str | Path) -> int:
        words = " ".join(map(str, command))
        self.commands.append(words)
        return next((status for key, status in self.statuses.items() if key in words), 0)


@pytest.fixture
def fake_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    """A project with an empty .venv whose python is at hand, and no dist to make."""
    fake = FakeRun({})
    monkeypatch.setattr(build, "run", fake)
    monkeypatch.setattr(build, "make_dist", lambda out: None)
    monkeypatch.setattr(build, "VENV", project / ".venv")
    python = project / ".venv" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()
    return fake


@pytest.mark.parametrize(
    ("arguments", "ending"),
    [
        (["test", "-x", "tests/a.py", "-k", "one or two"], f"--site={build.DIST} -x tests/a.py -k one or two"),
        (["train", "--recipe", "robust"], "-m training.train --recipe robust"),
        (["bench", "--only", "article"], "-m tests.bench --only article"),
    ],
)
def test_arguments_and_status_are_passed_on(arguments: list[str], ending: str, fake_run: FakeRun) -> None:
    fake_run.statuses = {ending: 5}
    assert build.main(arguments) == 5
    assert fake_run.commands[-1].endswith(ending)


def test_a_quick_test_needs_no_build(fake_run: FakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "make_dist", lambda out: pytest.fail("the site was built"))
    assert build.main(["test", "--quick"]) == 0
    assert fake_run.commands[-1].endswith("--durations 25 --quick")


def test_a_failed_check_does_not_hide_the_others(
    fake_run: FakeRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "npm_programs", lambda: Path("bin"))
    assert build.main(["check"]) == 0
    fake_run.commands.clear()
    fake_run.statuses = {"ruff format": 1, "mypy": 1}
    assert build.main(["check"]) == 1
    run = [command.split(" -m ")[-1].split(" --")[0] for command in fake_run.commands]
    assert run == ["ruff format", "ruff check", "mypy", "eslint", "tsc", "tsc"]
    assert capsys.readouterr().err.endswith("Failed: ruff format --check, mypy.\n")


def test_without_npm_javascript_is_not_checked_and_that_is_said(
    fake_run: FakeRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build, "npm_programs", lambda: None)
    assert build.main(["check"]) == 0
    assert "JavaScript is not checked: there is no npm." in capsys.readouterr().err


def test_packages_are_installed_when_what_is_needed_has_changed(project: Path, fake_run: FakeRun) -> None:
    def installs(extra: str) -> int:
        fake_run.commands.clear()
        build.venv_python(extra)
        return len(fake_run.commands)

    assert installs("check") == 1
    assert installs("test") == 1
    assert installs("check") == 0
    (project / "pyproject.toml").write_text("[project]\n")
    assert installs("check") == 1


def test_a_missing_environment_is_made(project: Path, fake_run: FakeRun) -> None:
    build.VENV.rename(project / "elsewhere")
    fake_run.statuses = {"-m venv": 1}
    with pytest.raises(BuildError, match=r"^\.venv cannot be made"):
        build.venv_python("check")


def test_a_failed_installation_is_tried_again(fake_run: FakeRun) -> None:
    fake_run.statuses = {"pip install": 1}
    for _ in range(2):
        with pytest.raises(BuildError, match=r"^kerata\[check\] cannot be installed"):
            build.venv_python("check")


@pytest.mark.parametrize("error", [BuildError("What happened: what to do."), OSError("disk full")])
def test_an_error_is_one_sentence(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(out: Path) -> None:
        raise error

    monkeypatch.setattr(build, "make_dist", fail)
    assert build.main(["build"]) == 1
    assert capsys.readouterr().err == f"build.py: {error}\n"


def test_a_build_by_pypis_build_is_told_its_command() -> None:
    """In this folder, `python -m build` finds build.py."""
    result = subprocess.run([sys.executable, "-m", "build", "--wheel"], cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 1
    assert result.stderr.startswith("build.py: ")
    assert "for a wheel of Kerata, run `python -P -m build`." in result.stderr


def test_the_table_of_files_fits_the_table_of_packages() -> None:
    wheels = [file.name.split("-")[0] for file in build.FILES if file.name.endswith(".whl")]
    assert sorted([*wheels, "kerata"]) == sorted(build.DEPENDS)
