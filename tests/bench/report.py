"""What a benchmark says: a table for people, JSON for programs, and a picture of cost as work grows."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .arena import Result

OURS = "Kerata"


def ratios(results: Sequence[Result]) -> dict[str, float]:
    """How many times as long each peer takes as the fastest Kerata of the same task: {"<task>/<peer>": x}."""
    found = {}
    for task in dict.fromkeys(result.task for result in results):
        those = [result for result in results if result.task == task]
        ours = min((result.median for result in those if result.engine.startswith(OURS)), default=None)
        for peer in those:
            if ours and not peer.engine.startswith(OURS):
                found[f"{task}/{peer.engine}"] = round(peer.median / ours, 2)
    return found


def as_json(results: Sequence[Result], machine: str) -> dict[str, Any]:
    rows = [result._asdict() for result in results]
    return {"machine": machine, "results": rows, "ratios": ratios(results)}


def table(results: Sequence[Result]) -> str:
    """In Markdown."""
    by_ratio = ratios(results)
    lines = ["| task | engine | median | from … to | unit | n | times Kerata's |", "|---|---|--:|--:|---|--:|--:|"]
    for result in results:
        ratio = by_ratio.get(f"{result.task}/{result.engine}")
        spread = f"{result.min:.3g} … {result.max:.3g}"
        lines.append(
            f"| {result.task} | {result.engine} | {result.median:.3g} | {spread} | {result.unit} | {result.n} | "
            f"{f'{ratio:.2f}' if ratio else ''} |"
        )
    return "\n".join(lines)


def write(value: dict[str, Any], file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value, indent=1) + "\n")
