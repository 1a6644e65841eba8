"""Archives of bytecode in place of source. What Pyodide does in the build, this Python does here."""

import io
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
import wasmtime

from pysrc import lean
from pysrc.lean import bundle
from pysrc.lean.compile import compiled
from tests.test_split import GLUE, MAIN

INNER = '''
import dataclasses

def answer(of: unknown = 1) -> unknown:
    return 42

class Fields:
    size: int

@dataclasses.dataclass(frozen=True)
class Data:
    """What is left out."""
    size: int = 3
'''
SOURCES = {
    "package/__init__.py": '"""What it is."""\nfrom .inner import answer, Fields, Data\n',
    "package/inner.py": INNER,
    "package/left_out.py": "raise SystemExit\n",
    "package/library.so": "machine code",
    "package-1.dist-info/METADATA": "Name: package\n",
    "package-1.dist-info/RECORD": "package/inner.py,sha256=…,36\n",
}
KEPT = ["package/__init__.py", "package/inner.py", "package/library.so"]


def archive(sources: dict[str, str]) -> SimpleNamespace:
    """As JavaScript's buffer."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as wheel:
        for name, text in sources.items():
            wheel.writestr(name, text)
    return SimpleNamespace(to_bytes=data.getvalue)


def test_bytecode_lies_where_its_source_lay_and_runs_without_what_functions_are_annotated_with(tmp_path: Path) -> None:
    made = tmp_path / "package.whl"
    made.write_bytes(compiled(archive(SOURCES), "/home/", KEPT))
    names = ["package/__init__.pyc", "package/inner.pyc", "package/library.so", "package-1.dist-info/METADATA"]
    assert zipfile.ZipFile(made).namelist() == names
    code = (
        "import package as p; print(p.answer(), p.__doc__, p.answer.__code__.co_filename, *p.Fields.__annotations__);"
        "print(p.Data().size, p.Data.__doc__)"
    )
    run = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(made)}, capture_output=True, text=True)
    assert run.stdout.split() == ["42", "None", "/home/package/inner.py", "size", "3", "Data"], run.stderr


def test_the_same_archive_gives_the_same_bytes() -> None:
    assert compiled(archive(SOURCES), "/", None) == compiled(archive(SOURCES), "/", None)


def test_the_lists_are_in_order_and_name_nothing_twice() -> None:
    for name in ("stdlib.txt", "numpy.txt", "late.txt"):
        lines = (lean.HERE / name).read_text().splitlines()
        assert lines == sorted(set(lines))


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    folder = tmp_path / "pyodide"
    folder.mkdir()
    for name in ("pyodide.mjs", "python_stdlib.zip", "kerata-1-py3-none-any.whl"):
        (folder / name).write_text(name)
    (folder / "pyodide.asm.mjs").write_text(GLUE)
    (folder / "pyodide.asm.wasm").write_bytes(wasmtime.wat2wasm(MAIN))
    return folder


def fake_node(folder: Path, script: str) -> Path:
    program = folder / "node"
    program.write_text(f"#!{sys.executable}\nimport json, pathlib, sys\n{script}\n")
    program.chmod(0o755)
    return program


def test_without_a_compiler_the_sources_stay(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(lean.NoCompilerError, match=r"Node\.js is not installed"):
        lean.byte_compile(runtime, tmp_path / "cache")
    failing = fake_node(tmp_path, "sys.exit('too old')")
    monkeypatch.setattr(shutil, "which", lambda name: str(failing))
    with pytest.raises(lean.NoCompilerError, match=r"Node\.js failed \(too old\)"):
        lean.byte_compile(runtime, tmp_path / "cache")
    assert (runtime / "python_stdlib.zip").read_text() == "python_stdlib.zip"
    assert not list((tmp_path / "cache").iterdir())


# In place of Node.js. The snapshot tells what it was made from; answers depend on how many were given before.
TAKES_AND_WATCHES = """
script = next(each for each in sys.argv if each.endswith(".mjs"))
arguments = sys.argv[sys.argv.index(script) + 1 :]
if script.endswith("snapshot.mjs"):
    scenario, (_, packages, models, out, *names) = arguments[0], map(pathlib.Path, arguments[1:])
    told = [(packages / "package/inner.py").read_text(), *(path.read_text() for path in [*models.iterdir(), *names])]
    (out / f"snapshot-{{scenario}}.bin").write_text(" ".join(told))
elif script.endswith("minify.mjs"):
    _, source, target = map(pathlib.Path, arguments)
    target.write_text(source.read_text().replace("_createPyodideModule", "e"))
else:
    scenario, (runtime, _, out) = arguments[0], map(pathlib.Path, arguments[1:])
    times = len((out / "answers.json").read_text()) + 1 if (out / "answers.json").exists() else 1
    (out / "answers.json").write_text({ANSWERS}[:times])
    (out / "names.json").write_text("names")
    (out / "functions.json").write_text('{{"python.hot.wasm": [0, 2]}}')
    (out / "memory").write_bytes(bytes(8) + b"Held" + bytes(2**16))
    name = f"snapshot-{{scenario}}.bin"
    (out / name).write_text("sealed " + (runtime / name).read_text())
"""


def test_a_snapshot_is_taken_once_and_whole(runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel, cache = runtime / "kerata-1-py3-none-any.whl", tmp_path / "cache"
    wheel.write_bytes(archive({name: text for name, text in SOURCES.items() if ".so" not in name}).to_bytes())
    cache.mkdir()
    models = {scenario: [tmp_path / f"{scenario}.h5"] for scenario in lean.SCENARIOS}
    for scenario, (file,) in models.items():
        file.write_text(f"weights-of-{scenario}")
    terser = tmp_path / "terser.tgz"
    with tarfile.open(terser, "w:gz") as package:
        package.add(__file__, "package/dist/bundle.min.js")
    half = fake_node(
        tmp_path, "pathlib.Path(sys.argv[-1], 'snapshot-digits.bin').write_text('half'); sys.exit('no memory')"
    )
    monkeypatch.setattr(shutil, "which", lambda name: str(half))
    with pytest.raises(lean.NoCompilerError, match="no memory"):
        lean.take_snapshots(runtime, models, terser, cache)
    fake_node(tmp_path, TAKES_AND_WATCHES.format(ANSWERS="'123'"))
    with pytest.raises(lean.NoCompilerError, match="answers otherwise"):
        lean.take_snapshots(runtime, models, terser, cache)
    assert not (runtime / "snapshot-digits.bin").exists()
    assert not list(cache.iterdir())
    fake_node(tmp_path, TAKES_AND_WATCHES.format(ANSWERS="'1'"))
    lean.take_snapshots(runtime, models, terser, cache)
    assert (runtime / "python.mjs").read_text().startswith("const create=(async function(")
    assert (runtime / "pyodide.asm.mjs").read_text() == GLUE
    assert all((runtime / f"python.{part}.wasm").read_bytes().startswith(b"\0asm") for part in ("hot", "cold"))
    fake_node(tmp_path, "sys.exit('asked again')")
    snapshots = [runtime / f"snapshot-{scenario}.bin" for scenario in lean.SCENARIOS]
    for file in snapshots:
        file.unlink()
    lean.take_snapshots(runtime, models, terser, cache)
    for scenario, file in zip(lean.SCENARIOS, snapshots, strict=True):
        assert file.read_text() == f"sealed {SOURCES['package/inner.py']} weights-of-{scenario} names"
    (kept,) = cache.iterdir()

    def split_while_another_process_is_done(snapshot: lean._Snapshots) -> None:
        shutil.copytree(elsewhere, kept)

    elsewhere = kept.rename(tmp_path / "elsewhere")
    fake_node(tmp_path, TAKES_AND_WATCHES.format(ANSWERS="'1'"))
    monkeypatch.setattr(lean._Snapshots, "split", split_while_another_process_is_done)
    snapshots[0].unlink()
    lean.take_snapshots(runtime, models, terser, cache)
    assert snapshots[0].read_text() == (elsewhere / snapshots[0].name).read_text()


def test_only_what_has_changed_is_compiled_again(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiles = fake_node(
        tmp_path,
        "for job in json.load(sys.stdin):\n"
        "    pathlib.Path(job['target']).write_text('compiled ' + pathlib.Path(job['source']).read_text())\n"
        f"    print(job['source'], file=open({str(tmp_path / 'log')!r}, 'a'))",
    )
    monkeypatch.setattr(shutil, "which", lambda name: str(compiles))
    wheel = runtime / "kerata-1-py3-none-any.whl"
    for text in ("one", "two"):
        (runtime / "python_stdlib.zip").write_text("library")
        wheel.write_text(text)
        lean.byte_compile(runtime, tmp_path / "cache")
        assert (wheel.read_text(), (runtime / "python_stdlib.zip").read_text()) == (
            f"compiled {text}",
            "compiled library",
        )
    log = [Path(line).name for line in (tmp_path / "log").read_text().split()]
    assert log == ["python_stdlib.zip", wheel.name, wheel.name]


def test_the_page_asks_for_its_bundles_alone(tmp_path: Path) -> None:
    site, package = tmp_path / "site", tmp_path / "bundler.tgz"
    site.mkdir()
    for name in ("index.html", "styles.css", "start.js"):
        shutil.copy(lean.SITE / name, site)
    with tarfile.open(package, "w:gz") as archive:
        archive.add(__file__, "package/bin/esbuild")
    ran: list[tuple[str, ...]] = []

    def node(script: Path, *arguments: object) -> str:
        assert script.exists()
        ran.append(tuple(map(str, arguments)))
        return ""

    bundle.bundle(site, package, node)
    (arguments,) = ran
    entries = {str(site / name) for name in ("main.js", "fetcher.js", "worker.js", "start.js", "styles.css")}
    assert entries | {f"--outdir={site}"} <= {*arguments}
    page = (site / "index.html").read_text()
    assert re.findall(r'(?:href|src)="(\w+\.(?:js|css))"', page) == ["main.js"]
    for name in ("styles.css", "start.js"):
        assert (site / name).read_text() in page


def test_what_stands_in_the_page_is_allowed_by_its_hash() -> None:
    link, policy = '<link rel="stylesheet" href="styles.css">', "style-src 'self'"

    def styled(page: str) -> str:
        return bundle.inlined(page, "style", link, "<style>{}</style>", "a{}")

    made = styled(f"<meta content=\"{policy}; img-src 'self'\">{link}")
    # echo -n 'a{}' | openssl dgst -sha256 -binary | base64
    digest = "X1RutGBrXCt9KkSaXMK7tHftWiRscFHOhxsS8tv8hBk="
    assert made == f"<meta content=\"{policy} 'sha256-{digest}'; img-src 'self'\"><style>a{{}}</style>"
    for page in (link, policy):
        with pytest.raises(ValueError, match="expected one"):
            styled(page)
