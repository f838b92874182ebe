"""A terminal for commands that ask: what is typed when which question stands there."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_CALL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\nfrom reftel.cli import main; main()"


def at_terminal(
    words: Sequence[str | Path],
    env: dict[str, str | None],
    answers: Sequence[tuple[str, str | Callable[[str], str]]],
) -> tuple[int, str]:
    """Run ``reftel`` at a terminal of its own; returns the exit code and all that was shown.

    Each answer is typed once its question has been shown; it may be worked out from what was shown.
    """
    ours, theirs = os.openpty()
    whole = {**os.environ, **{k: v for k, v in env.items() if v is not None}}
    whole = {k: v for k, v in whole.items() if k not in env or env[k] is not None}
    call = [sys.executable, "-c", _CALL, *map(str, words)]
    shown, waiting = "", list(answers)
    with subprocess.Popen(
        call, stdin=theirs, stdout=theirs, stderr=theirs, env=whole, start_new_session=True
    ) as process:
        os.close(theirs)
        since = 0
        while select.select([ours], [], [], 20)[0]:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            shown += part.decode()
            if waiting and waiting[0][0] in shown[since:]:
                question, answer = waiting.pop(0)
                since = len(shown)
                _wait_for_silence(ours, process, hidden="assphrase" in question or question == "Repeat")
                os.write(ours, (answer(shown) if callable(answer) else answer).encode() + b"\n")
        else:
            process.kill()  # it waits for an answer that nobody foresaw
    os.close(ours)
    assert not waiting, shown
    return process.returncode, shown.replace("\r\n", "\n")


def _wait_for_silence(terminal: int, process: subprocess.Popen[bytes], *, hidden: bool) -> None:
    """A passphrase is typed once the terminal has stopped to show what is typed: before, it is dropped."""
    while hidden and process.poll() is None and termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(0.01)
