"""What many tests share: small models as Keras writes them, and the shipped network."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import kerata
import training  # noqa: F401, before TensorFlow, whose environment it sets
from kerata import graph
from tests.support.cases import sequential_config

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "site" / "models" / "mnist.safetensors"


DRAWS = 16  # of each kind of layer: some 2,000 in all
MUTATIONS = 1000  # of each format of files: some 15 s


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--draws", type=int, default=DRAWS, help="how many configurations of each layer to draw; other ones each time"
    )
    parser.addoption("--mutations", type=int, default=MUTATIONS, help="how many damaged files of each format to load")


@pytest.fixture(scope="session")
def mutations(request: pytest.FixtureRequest) -> int:
    return request.config.getoption("--mutations")


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
