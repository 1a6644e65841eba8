"""What a test file needs that takes long to start, as its imports tell: TensorFlow, or a browser."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SLOW = {"tensorflow": "tensorflow", "keras": "tensorflow", "tf_keras": "tensorflow", "playwright": "browser"}


def needs(file: Path) -> set[str]:
    """Returns "tensorflow", "browser", both or neither, by the imports of the file and of our modules behind it."""
    seen: set[Path] = set()
    found: set[str] = set()
    waiting = [file]
    while waiting:
        module = waiting.pop()
        if module in seen or not module.is_file():
            continue
        seen.add(module)
        for name in _imported(module):
            found |= {SLOW[top] for top in [name.partition(".")[0]] if top in SLOW}
            waiting += _files(name, module.parent)
    return found


@functools.cache
def _imported(file: Path) -> frozenset[str]:
    """The modules that a file imports, also in its functions. `from a import b` may mean a module a.b."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = [*file.relative_to(ROOT).parts[: -node.level]] if node.level else []
            module = ".".join([*package, *([node.module] if node.module else [])])
            names |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(names)


def _files(name: str, folder: Path) -> Iterator[Path]:
    """Where a module is, if it is one of tests/ or training/; scripts of the browser tests' folder find each other."""
    for path in (ROOT / name.replace(".", "/"), folder / name):
        yield path.with_suffix(".py")
        yield path / "__init__.py"
