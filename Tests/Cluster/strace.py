# SPDX-License-Identifier: Apache-2.0
"""What a process asked the kernel for, in order, as strace saw it; and the question whether a reply
to a write left before a majority had it on disk.

strace sees a call begin before the kernel does it and end before the process goes on. So in a correct
program every fdatasync that a reply depends on is seen to end before the reply is seen to begin.
"""

import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import environment
from cluster import wait_until

environment.require_tools("strace")

_CALLS = "write,pwrite64,writev,pwritev,pwritev2,fsync,fdatasync,sendto,sendmsg"
_LINE = re.compile(
    r"^(?P<time>\d+\.\d+) (?P<call>\w+)\((?P<fd>\d+)<(?P<what>.*?)>+[,)](?P<rest>.*) = "
    r"(?P<result>-?\d+).*? <(?P<took>\d+\.\d+)>$", re.DOTALL)
_SOCKET = re.compile(r"^TCP(?:v6)?:\[.*:(\d+)->.*:(\d+)\]?$")


@dataclass(frozen=True)
class Call:
    """A call that succeeded. Times are seconds; `begin` and `end` as defined above."""

    begin: float
    end: float
    name: str
    #: A file's path, or (own port, other port) of a connection.
    target: object
    data: str
    result: int


def parse(text):
    """The calls in one thread's trace."""
    for line in text.splitlines():
        match = _LINE.match(line)
        if not match or int(match["result"]) < 0:
            continue
        begin = float(match["time"])
        socket = _SOCKET.match(match["what"])
        target = (int(socket[1]), int(socket[2])) if socket else match["what"]
        yield Call(
            begin, begin + float(match["took"]), match["call"], target, match["rest"],
            int(match["result"]))


class Tracer:
    """strace on all threads of a running process."""

    def __init__(self, pid, folder, name, delay_sync=None):
        """`delay_sync`: so many microseconds are added to the beginning of every fdatasync."""
        self.prefix = Path(folder) / f"trace-{name}"
        more = [f"--inject=fdatasync:delay_enter={delay_sync}"] if delay_sync else []
        self.process = subprocess.Popen(
            ["strace", "-f", "-ff", "-p", str(pid), "-o", str(self.prefix), "-yy", "-s", "1048576",
             "--absolute-timestamps=format:unix,precision:ns", "--syscall-times=ns",
             f"--trace={_CALLS}", "--quiet=attach,exit", *more],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_until(f"strace attached to {pid}", lambda: self._is_attached(pid), 10)

    def _is_attached(self, pid):
        if self.process.poll() is not None:
            raise OSError(f"strace ended: {self.process.stderr.read().decode()}")
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            if re.search(r"^TracerPid:\t0$", status.read_text(), re.MULTILINE):
                return False
        return True

    def stop(self):
        """Detaches; all calls of all threads in order of their beginning."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        self.process.stderr.close()
        calls = []
        for file in self.prefix.parent.glob(self.prefix.name + ".*"):
            calls += parse(file.read_text(errors="replace"))
        return sorted(calls, key=lambda call: call.begin)


def durable_at(calls, directory, tokens):
    """For each token when it was on disk: the end of the first sync of its file after its write."""
    written = {}
    durable = {}
    waiting = {}
    pattern = re.compile(r"tok-\d+-\d+-end")
    # In order of what can matter: a write counts when it has ended, a sync covers what had ended
    # before it began.
    events = []
    for call in calls:
        if not isinstance(call.target, str) or not call.target.startswith(directory):
            continue
        if "write" in call.name:
            events.append((call.end, 0, call))
        elif call.name in ("fdatasync", "fsync"):
            events.append((call.begin, 1, call))
    for _, _, call in sorted(events, key=lambda event: event[:2]):
        if "write" in call.name:
            for token in set(pattern.findall(call.data)) & tokens:
                if token not in written:
                    written[token] = call.end
                    waiting.setdefault(call.target, []).append(token)
        else:
            for token in waiting.pop(call.target, []):
                durable[token] = call.end
    return durable


@dataclass
class Verdict:
    """What the traces of all members say."""

    replies: int
    #: Tokens whose reply began before a majority had them on disk.
    early: list
    #: Tokens without a reply or without a majority in the traces: nothing is proved for them.
    unproved: list
    #: Seconds between a majority's last needed sync and the reply.
    margins: list
    #: How many syncs of logs ended on all members.
    syncs: int


def judge(traces, replies):
    """Compares.

    - traces: for each member its calls and its data directory.
    - replies: for each token when its reply began to leave.
    """
    majority = len(traces) // 2 + 1
    tokens = set(replies)
    durable = [durable_at(calls, directory, tokens) for calls, directory in traces]
    verdict = Verdict(0, [], [], [], 0)
    for token, left in replies.items():
        times = sorted(member[token] for member in durable if token in member)
        if left is None or len(times) < majority:
            verdict.unproved.append(token)
            continue
        verdict.replies += 1
        verdict.margins.append(left - times[majority - 1])
        if left < times[majority - 1]:
            verdict.early.append(token)
    verdict.syncs = sum(
        call.name in ("fdatasync", "fsync") and isinstance(call.target, str)
        and call.target.startswith(directory)
        for calls, directory in traces for call in calls)
    return verdict
