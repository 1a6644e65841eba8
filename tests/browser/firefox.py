"""Firefox by its own remote protocol, Marionette, over a socket: Playwright's Firefox is a build of its own, and
Mozilla's client (marionette_driver 3.7) needs a module that Python 3.13 no longer has.

https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html: messages are JSON behind their length;
commands are [0, id, name, parameters], answers [1, id, error, result].
"""

import contextlib
import json
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")


class Firefox:
    def __init__(self, connection: socket.socket) -> None:
        self._stream = connection.makefile("rwb")
        self._count = 0
        self._receive()  # its greeting
        self.command("WebDriver:NewSession")
        self.command("WebDriver:SetTimeouts", script=180_000)

    def command(self, name: str, **parameters: Any) -> Any:
        self._count += 1
        message = json.dumps([0, self._count, name, parameters]).encode()
        self._stream.write(b"%d:%b" % (len(message), message))
        self._stream.flush()
        _, _, error, result = self._receive()
        assert error is None, error
        return result["value"] if result and "value" in result else result

    def until(self, condition: str, value: str) -> Any:
        """The value of a JavaScript expression once the condition, another one, holds."""
        script = f"""const [done] = arguments;
          const look = () => ({condition}) ? done({value}) : requestAnimationFrame(look);
          look();"""
        return self.command("WebDriver:ExecuteAsyncScript", script=script, args=[])

    def draw(self, selector: str, points: Sequence[tuple[float, float]]) -> None:
        """One stroke of the mouse, in pixels from the middle of an element."""
        element = self.command("WebDriver:FindElement", using="css selector", value=selector)
        moves = [{"type": "pointerMove", "origin": element, "x": round(x), "y": round(y)} for x, y in points]
        actions = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self.command("WebDriver:PerformActions", actions=[mouse])

    def _receive(self) -> Any:
        digits = b""
        while (byte := self._stream.read(1)) != b":":
            assert byte, "Firefox hung up"
            digits += byte
        return json.loads(self._stream.read(int(digits)))


@contextlib.contextmanager
def started(program: str, profile: Path, preferences: Mapping[str, object] = MappingProxyType({})) -> Iterator[Firefox]:
    """A Firefox with a fresh profile."""
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
    (profile / "user.js").write_text('user_pref("marionette.port", 0);\n' + "".join(lines))  # any free one
    command = [program, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            line = next(line for line in process.stdout if "Marionette" in line and "port" in line)
            with socket.create_connection(("127.0.0.1", int(line.split()[-1])), timeout=60) as connection:
                yield Firefox(connection)
        finally:
            process.terminate()
