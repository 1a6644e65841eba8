"""What many tests share: small models as Keras writes them, and the shipped network."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kerata
import training  # noqa: F401, before TensorFlow, whose environment it sets
from kerata import graph
from tests.support.cases import sequential_config
from tests.support.needs import SLOW, needs

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "site" / "models" / "mnist.safetensors"


DRAWS = 16  # of each kind of layer: some 2,000 in all
MUTATIONS = 500  # of each format of files; with --quick a tenth


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--draws", type=int, default=DRAWS, help="how many configurations of each layer to draw; other ones each time"
    )
    parser.addoption("--mutations", type=int, default=MUTATIONS, help="how many damaged files of each format to load")
    parser.addoption("--site", type=Path, help="the built site that the tests in the browser open; else they build it")
    parser.addoption("--quick", action="store_true", help="leave out what needs TensorFlow or a browser")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--quick"):
        sys.modules.update(dict.fromkeys(SLOW))  # so that an import of them fails


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    file = collection_path / "conftest.py" if collection_path.is_dir() else collection_path
    return True if config.getoption("--quick") and file.suffix == ".py" and needs(file) else None


@pytest.fixture(scope="session")
def mutations(request: pytest.FixtureRequest) -> int:
    count = request.config.getoption("--mutations")
    return count // 10 if request.config.getoption("--quick") else count


@pytest.fixture(scope="session")
def draws(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--draws")


@pytest.fixture
def dense_config() -> dict[str, Any]:
    """Three inputs, one Dense layer `d` of two units."""
    return sequential_config((3,), ("Dense", {"name": "d", "units": 2}))


@pytest.fixture
def dense_model(dense_config: dict[str, Any]) -> kerata.Model:
    return kerata.Model(graph.read(dense_config, {"d/kernel": np.ones((3, 2), "f4"), "d/bias": np.array([0, 1], "f4")}))


@pytest.fixture(scope="session")
def shipped() -> kerata.Model:
    return kerata.load_model(SHIPPED)


@pytest.fixture(scope="session")
def article_three() -> np.ndarray:
    """The article's "3": float32 (28, 28), 0 to 1."""
    return np.loadtxt(ROOT / "tests" / "golden" / "article_three.txt", dtype=np.float32) / np.float32(255)
