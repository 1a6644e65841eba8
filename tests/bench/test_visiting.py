"""What a page tells of itself arrives, and a page that tells nothing is an error."""

from pathlib import Path

import pytest

from tests.browser.stage import CHROMIUM, NO_CHROMIUM

from . import visiting
from .hosting import Line

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)

PAGE = """<!doctype html><title>Page</title><p>Text</p>
<script>
  window.answer = new Promise((resolve) => setTimeout(resolve, 300)).then(() => {
    performance.mark('first-prediction');
    return [1, 2];
  });
</script>
"""


def test_a_page_tells_when_it_was_painted_and_had_predicted(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text(PAGE)
    visiting.add_script(folder, [])
    told = visiting.visit(folder, Line(None))
    assert told["answer"] == [1, 2]
    assert told["prediction"] > 300
    assert 0 < told["paint"] < 10_000
    assert told["pad"] is None
    assert told["megabytes"] > 0


def test_at_the_second_visit_the_browser_has_what_it_was_sent(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "large").write_bytes(bytes(1_000_000))
    with (tmp_path / "index.html").open("a") as page:
        page.write("<script>fetch('large').then((response) => response.arrayBuffer())</script>")
    visiting.add_script(tmp_path, [])
    assert visiting.visit(tmp_path, Line(None))["megabytes"] > 1
    assert visiting.visit(tmp_path, Line(None), visits=2)["megabytes"] < 0.1


def test_a_page_that_does_not_predict_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "silent"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><title>Page</title>")
    monkeypatch.setattr(visiting, "PATIENCE", 3)
    with pytest.raises(visiting.SilentPageError, match="silent did not predict within 3 s"):
        visiting.visit(folder, Line(None))
