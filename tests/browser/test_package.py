"""The npm package in a clean project: without a bundler, with Vite, webpack and esbuild, and in TypeScript."""

import json
import re
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from stage import DIGITS, ROOT, build, draw, running

from pysrc import lean

EXAMPLES = ROOT / "site" / "examples"
NPM = shutil.which("npm")
OFFLINE = re.compile(r"\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED)\b")

pytestmark = pytest.mark.skipif(NPM is None, reason="no npm found")


class Handler(SimpleHTTPRequestHandler):
    """Of a host that lets any site read its files."""

    extensions_map = build.CONTENT_TYPES | {"": "application/octet-stream"}

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def host(folder: Path):
    return running(build.StaticServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))))


def npm(folder: Path, *arguments: str | Path) -> str:
    assert NPM is not None
    done = subprocess.run([NPM, *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode and OFFLINE.search(done.stderr):
        pytest.skip(f"npm has no network: {OFFLINE.search(done.stderr)[0]}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def tarball(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("node") is None:
        pytest.skip("no Node.js found, which makes the package")
    return build.make_package(dist, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def project(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples for bundlers, with their packages installed once for both, and Kerata's from the tarball."""
    project = tmp_path_factory.mktemp("project")
    wanted = {}
    for name, models in (("vite", "public"), ("webpack", "src")):
        shutil.copytree(EXAMPLES / name, project / name)
        (project / name / models).mkdir(exist_ok=True)
        shutil.copy(EXAMPLES / "mnist_cnn.bin", project / name / models)
        manifest = json.loads((project / name / "package.json").read_text())
        wanted |= manifest["dependencies"] | manifest["devDependencies"]
    wanted["kerata"] = f"file:{tarball}"
    (project / "package.json").write_text(json.dumps({"private": True, "dependencies": wanted}))
    npm(project, "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund")
    return project


@pytest.fixture(scope="module")
def address(project: Path) -> Iterator[str]:
    with host(project) as address:
        yield address


def recognizes_drawings(page: Page) -> None:
    answer = page.locator("output")
    expect(answer).to_contain_text("Draw")
    for digit in (3, 7):
        page.get_by_role("button", name="Clear").click()
        draw(page, DIGITS[digit])
        expect(answer).to_have_text(re.compile(rf"{digit}, \d+% sure"))


def recognizes_pictures(page: Page, tmp_path: Path) -> None:
    """The article's three."""
    lines = (ROOT / "tests" / "golden" / "article_three.txt").read_text().splitlines()
    pixels = bytes(int(value) for line in lines if not line.startswith("#") for value in line.split())
    Image.frombytes("L", (28, 28), pixels).save(tmp_path / "three.png")
    expect(page.locator("output")).to_have_text("Choose a picture.")
    page.locator("input").set_input_files(tmp_path / "three.png")
    expect(page.locator("output")).to_have_text(re.compile(r"3, \d+% sure"))


def test_the_plain_example_recognizes_digits(dist: Path, new_page) -> None:
    with host(dist) as address:
        page = new_page(base_url=address)
        page.goto("examples/plain/")
        recognizes_drawings(page)


def test_another_site_imports_the_module_as_it_is(address: str, project: Path, new_page) -> None:
    (project / "page.html").write_text('<!doctype html><link rel="icon" href="data:,">')
    with host(project / "node_modules") as cdn:
        page = new_page(base_url=address)
        page.goto("page.html")
        probabilities = page.evaluate(
            """async ([cdn, filepath]) => {
              const { Model } = await import(`${cdn}kerata/kerata.js`);
              const model = new Model({ filepath });
              await model.ready();
              const [output] = Object.values(await model.predict(new Float32Array(784)));
              return [...output];
            }""",
            [cdn, f"{address}webpack/src/mnist_cnn.bin"],
        )
    assert len(probabilities) == 10 and sum(probabilities) == pytest.approx(1, abs=1e-4)


def test_vite_bundles_it(address: str, project: Path, new_page, problems: list[str]) -> None:
    """Also without the snapshot, which has Python start from its modules."""
    npm(project / "vite", "run", "build", "--", "--base=./")
    page = new_page(base_url=address)
    page.goto("vite/dist/index.html")
    recognizes_drawings(page)

    page.route("**/snapshot-models*", lambda route: route.abort())
    page.reload()
    recognizes_drawings(page)
    page.close()
    assert [problem for problem in problems if "ERR_FAILED" not in problem] == []
    problems.clear()


def test_webpack_bundles_it(address: str, project: Path, new_page, tmp_path: Path) -> None:
    npm(project / "webpack", "run", "build")
    page = new_page(base_url=address)
    page.goto("webpack/index.html")
    recognizes_pictures(page, tmp_path)


def test_esbuild_bundles_it(address: str, project: Path, new_page, tmp_path: Path) -> None:
    folder = shutil.copytree(project / "webpack", project / "esbuild", ignore=shutil.ignore_patterns("dist"))
    options = ("--bundle", "--format=esm", f"--outfile={folder / 'dist' / 'main.js'}", "--log-level=warning")
    lean.run_esbuild(build.CACHE / build.ESBUILD.name, folder / "src" / "index.js", *options)
    shutil.copy(folder / "src" / "mnist_cnn.bin", folder / "dist")
    shutil.copytree(project / "node_modules" / "kerata" / "runtime", folder / "dist" / "runtime")
    page = new_page(base_url=address)
    page.goto("esbuild/index.html")
    recognizes_pictures(page, tmp_path)


# What is in it


def test_npm_would_pack_the_same(tarball: Path) -> None:
    folder = tarball.parent / "kerata"
    (told,) = json.loads(npm(folder, "pack", "--dry-run", "--json"))
    with tarfile.open(tarball) as archive:
        ours = {member.name.removeprefix("package/"): member.size for member in archive}
    assert {file["path"]: file["size"] for file in told["files"]} == ours
    assert told["filename"] == tarball.name
    assert {"kerata.js", "kerata.d.ts", "keras-js.js", "LICENSE", "README.md", "package.json"} <= {*ours}
    assert not [name for name in ours if "digits" in name or name.endswith((".br", ".gz"))]
    # Smaller ones Vite would put into the bundle, and webpack takes no other ending for a module's.
    assert {name for name, size in ours.items() if size > 4096 and name.endswith(".mjs")} >= {
        f"runtime/{name}.mjs" for name in ("devices", "fetcher", "worker")
    }


def test_the_examples_name_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for name in ("vite", "webpack"):
        assert json.loads((EXAMPLES / name / "package.json").read_text())["dependencies"]["kerata"] == version


def test_a_server_imports_it(project: Path) -> None:
    """As frameworks do that render a page's components on the server, where there is no browser."""
    node = shutil.which("node")
    assert node is not None
    script = "import('kerata').then(({ GPU_SUPPORT, Model }) => console.log(GPU_SUPPORT, typeof Model))"
    done = subprocess.run([node, "-e", script], cwd=project, capture_output=True, text=True)
    assert done.stdout == "false function\n", done.stderr


RIGHT = """
import { GPU_SUPPORT, KerataError, Model, type Output } from 'kerata';

const model = new Model({ filepath: new URL('https://example.com/model.keras'), gpu: GPU_SUPPORT, backend: 'auto' });
model.events.on('loadingProgress', (percent) => console.log(percent.toFixed(0)));
try {
  await model.ready();
  const { output } = await model.predict(new Float32Array(784));
  const best: number = output!.indexOf(Math.max(...output!));
  const words: Record<string, Output> = await model.predict<Output>('text');
  const named = await model.predict({ input: [[1, 2], [3, 4]] }, { signal: AbortSignal.timeout(1000) });
  const layers: Map<string, Output> = await model.trace(document.createElement('canvas'));
  const [batch] = output!.shape;
  console.log(batch, best, words, named, layers, model.modelLayersInfo[0]?.layerClass, model.backends().length);
} catch (error) {
  if (error instanceof KerataError && error.code === 'download') console.log(error.message);
} finally {
  await model.cleanup();
}
"""
WRONG = (
    "new Model();",
    "new Model({ file: 'model.keras' });",
    "new Model({ filepath: 'model.keras', backend: 'cuda' });",
    "new Model({ filepath: 'model.keras' }).predict(3);",
    "new Model({ filepath: 'model.keras' }).events.on('progress', () => {});",
    "new Model({ filepath: 'model.keras' }).backend = 'wasm';",
    "const n: number = (await new Model({ filepath: 'model.keras' }).predict([1])).output;",
)


def test_typescript_knows_its_types(project: Path) -> None:
    programs = build.npm_programs()
    assert programs is not None
    options = {"strict": True, "noEmit": True, "noUncheckedIndexedAccess": True, "target": "es2024", "types": []}
    options |= {"module": "esnext", "moduleResolution": "bundler", "lib": ["es2024", "dom"]}
    folder = project / "typescript"
    folder.mkdir()
    (folder / "right.ts").write_text(RIGHT)
    wrong = [f"import {{ Model }} from 'kerata';\n{line}\nexport {{}};\n" for line in WRONG]
    for number, text in enumerate(wrong):
        (folder / f"wrong{number}.ts").write_text(text)
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "include": ["."]}))
    done = subprocess.run([programs / "tsc", "--project", folder], capture_output=True, text=True)
    refused = re.findall(r"^(?:.*/)?(\w+)\.ts\((\d+),", done.stdout, flags=re.MULTILINE)
    assert sorted({*refused}) == [(f"wrong{number}", "2") for number in range(len(WRONG))], done.stdout
