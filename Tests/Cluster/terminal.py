# SPDX-License-Identifier: Apache-2.0
"""A program at a terminal of its own, as a person would use it."""

import os
import pty
import re
import select
import signal

from cluster import clean_environment, wait_until


class Terminal:
    def __init__(self, command, folder=None, variables=None):
        environment = clean_environment(TERM="dumb", **(variables or {}))
        self.exit_code = None
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if folder:
                os.chdir(folder)
            os.execvpe(command[0], command, environment)

    def press(self, keys):
        os.write(self.fd, keys.encode())

    def wait(self, expected, timeout=10, start=0):
        """Waits until `expected`, a pattern, has been printed after position `start`."""
        def printed():
            return self._read() and re.search(expected, self.text[start:])
        try:
            wait_until(f"{expected!r} at the terminal", printed, timeout)
        except Exception as error:
            raise type(error)(f"{error}; printed was {self.text[start:]!r}") from None

    def type(self, line, expected):
        """Types a line and waits until `expected` has been printed after it."""
        start = len(self.text)
        self.press(line + "\n")
        self.wait(expected, start=start)

    def end(self, timeout=10):
        """Waits for the program to end by itself; its exit code."""
        wait_until("the program at the terminal ends", lambda: not self._read(), timeout)
        self._reap(os.waitpid(self.pid, 0)[1])
        return self.exit_code

    def kill(self):
        """Ends the program if it has not ended."""
        if self.exit_code is None:
            os.kill(self.pid, signal.SIGKILL)
            self._reap(os.waitpid(self.pid, 0)[1])

    def _reap(self, status):
        self.exit_code = os.waitstatus_to_exitcode(status)
        os.close(self.fd)

    def _read(self):
        """Takes in what was printed; False once the program has closed the terminal."""
        if select.select([self.fd], [], [], 0.02)[0]:
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                return False
        return True
