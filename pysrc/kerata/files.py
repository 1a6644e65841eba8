"""Writes a file whole or not at all, and never over what it is made from."""

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from .errors import InputError


def check_target(path: Path, endings: Sequence[str], sources: Iterable[Any]) -> None:
    """Raises InputError where a file must not be written to: its name does not end as its format's files do, it is one
    of the sources (paths, or anything else, which is no file), a link, a device, or in a folder that does not exist.
    """
    if path.suffix.lower() not in endings:
        raise InputError(
            f"The file to write: expected a name ending in {' or '.join(endings)}, received {path.name!r}."
        )
    if not path.parent.is_dir():
        raise InputError(f"The file to write: its folder {str(path.parent)!r} does not exist; make it first.")
    if any(_is_same(path, source) for source in sources):
        raise InputError(f"The file to write: {path.name!r} is also the source; choose another name.")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise InputError(f"The file to write: {path.name!r} is a link, a folder or a device; choose another name.")


def _is_same(path: Path, source: Any) -> bool:
    if not isinstance(source, str | os.PathLike):
        return False
    try:
        return path.samefile(source)
    except (OSError, ValueError):  # one of the two does not exist
        return False


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Gives `write` a new file beside `path`, which takes its place when it is complete.

    The new file's name cannot be guessed and must not exist, so that nobody can have put a link there.
    """
    part = path.with_name(f".{os.urandom(8).hex()}.part")
    file = part.open("xb")
    try:
        with file:
            write(file)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
