"""The example that the page shows while Python comes."""

import json

import pytest

import build
from training import sample


def test_the_stored_example_is_the_pad_s_hint_as_the_shipped_network_reads_it() -> None:
    assert f'd="{sample.PATH}"' in (build.SITE / "index.html").read_text()
    now = sample.reading(build.SITE / build.MODEL)
    stored = json.loads((build.SITE / "models" / "sample.json").read_text())
    assert stored["digit"] == now["digit"] == 3
    assert stored["probability"] == pytest.approx(now["probability"], abs=1e-3)
