"""What the npm package is made of. tests/browser/test_package.py installs and runs it."""

import re
import shutil
import tarfile
from pathlib import Path

import pytest

import build
from pysrc import npm


def test_each_file_has_an_expression_that_bundlers_recognize() -> None:
    module = npm.addresses(["runtime.json", "pyodide/pyodide.mjs"])
    found = re.findall(
        r"""^  "([\w/.]+)": new URL\('\./runtime/([\w/.]+)', import\.meta\.url\)\.href,$""", module, re.M
    )
    assert dict(found) == {
        "fetcher": "fetcher.mjs",
        "worker": "worker.mjs",
        "runtime.json": "runtime.json",
        "pyodide/pyodide.mjs": "pyodide/pyodide.mjs",
        "gpu/devices.js": "devices.mjs",
    }


def test_what_vites_server_would_change_is_not_there() -> None:
    module = 'if (node) { await import("node:fs"); ws = await import("ws"); }\n'
    module += "import(url); import(at(`a/${b}`)); py.import(x);\n"
    assert npm.left_alone(f"{module}//# sourceMappingURL=module.mjs.map\n") == (
        'if (node) { await import("node:fs"); ws = await {}; }\n'
        "import(/* @vite-ignore */ `${url}`); import(/* @vite-ignore */ `${at(`a/${b}`)}`); py.import(x);\n"
    )


def test_the_same_files_give_the_same_tarball(tmp_path: Path) -> None:
    package = tmp_path / "kerata"
    (package / "runtime").mkdir(parents=True)
    (package / "runtime" / "worker.mjs").write_text("postMessage(1);\n")
    (package / "package.json").write_text('{"name": "kerata", "version": "1.2.3"}')
    tarball = npm.write_tarball(package, tmp_path)
    first = tarball.read_bytes()
    assert npm.write_tarball(package, tmp_path).read_bytes() == first
    assert tarball.name == "kerata-1.2.3.tgz"
    with tarfile.open(tarball) as archive:
        assert archive.getnames() == ["package/package.json", "package/runtime/worker.mjs"]


def test_without_node_one_sentence_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert build.main(["package"]) == 1
    told = "The npm package is made by Node.js, which is not installed: install it and run this again."
    assert capsys.readouterr().err == f"build.py: {told}\n"
