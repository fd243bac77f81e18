# SPDX-License-Identifier: Apache-2.0
"""The README's commands work as they are written, and a local cluster's life ends as it should.

The commands are taken from the README and typed at a terminal, each in its own. They run in an empty
folder; only the package's path is added to `swift`. Afterwards: Ctrl-C ends all members, kill -9 of
the parent ends them too, and a member that cannot start is reported.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import environment
import wire
from cluster import Failure, binary, clean_environment, expect, free_ports, wait_until
from script import run, say
from terminal import Terminal

environment.require_tools("redis-cli")

PORTS = (6379, 6380, 6381, 7379, 7380, 7381)


def commands():
    """The command that starts the cluster, and those for the second terminal."""
    text = (environment.REPOSITORY / "README.md").read_text()
    blocks = [
        [line.strip() for line in block.splitlines() if line.strip()]
        for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL)]
    start = next((block for block in blocks if "kvd local-cluster" in block[0]), None)
    expect(start and len(start) == 1, "the README has no block of the one command kvd local-cluster")
    second = next((block for block in blocks if "kvcli set greeting hello" in block[0]), None)
    expect(second, "the README has no block that begins with kvcli set greeting hello")
    return start[0], second


def prepare(folder):
    """A `swift` that knows where the package is, so that the commands can be typed unchanged."""
    shim = folder / "bin" / "swift"
    shim.parent.mkdir()
    scratch = os.environ.get("CI_SCRATCH")
    more = f' --scratch-path "{scratch}"' if scratch else ""
    shim.write_text(
        '#!/bin/sh\ncommand=$1\nshift\n'
        f'exec "{shutil.which("swift")}" "$command" --package-path "{environment.REPOSITORY}"{more} '
        '"$@"\n')
    shim.chmod(0o755)
    return {"PATH": f"{shim.parent}:{os.environ['PATH']}"}


def require_free(ports):
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise Failure(
                    f"port {port} is in use: the README's commands need it free") from None


def children(pid):
    """The processes below one, as pids."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += [int(child), *children(int(child))]
    return found


def running(pids):
    """Those that still run; a process that has ended and waits to be noticed does not."""
    alive = []
    for pid in pids:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except FileNotFoundError:
            continue
        if state != "Z":
            alive.append(pid)
    return alive


def check_readme(folder):
    """The README's commands, in two terminals."""
    start, second = commands()
    require_free(PORTS)
    variables = prepare(folder)
    terminal = Terminal(["sh", "-c", f"exec {start}"], folder, variables)
    try:
        # The first run builds.
        terminal.wait(r"Ctrl-C", 900)
        rows = re.findall(r"^ *(\d) +(leader|follower) +127\.0\.0\.1:(\d+)", terminal.text,
                          re.MULTILINE)
        expect(
            len(rows) == 3 and [row[1] for row in rows].count("leader") == 1,
            f"the table shows no leader and two followers:\n{terminal.text}")
        for command in second:
            check_command(command, folder, variables)
        for _, _, port in rows:
            with wire.Wire(int(port)) as connection:
                expect(connection.call("GET", "greeting") == b"hello", f"port {port} has no hello")
        members = children(terminal.pid)
        expect(len(members) >= 3, f"{len(members)} children of {start}")
        terminal.press("\x03")
        code = terminal.end(20)
        expect(code == 0, f"after Ctrl-C {start} ended with {code}")
        wait_until("all members end after Ctrl-C", lambda: not running(members), 5)
    finally:
        terminal.kill()
    say(f"`{start}`: the table appears; Ctrl-C ends all, exit 0")


def check_command(command, folder, variables):
    terminal = Terminal(["sh", "-c", command], folder, variables)
    try:
        code = terminal.end(900)
    finally:
        terminal.kill()
    last = (terminal.text.strip().splitlines() or [""])[-1].strip()
    expect(code == 0, f"`{command}` ended with {code}: {terminal.text}")
    for words, answer in (("set greeting hello", "OK"), ("get greeting", '"hello"'),
                          ("redis-cli", "(integer) 1")):
        expect(words not in command or last == answer, f"`{command}` printed {last!r}")
    say(f"`{command}`: {last}")


class LocalCluster:
    """`kvd local-cluster` on free ports, without a terminal."""

    def __init__(self, folder, name, client=None, peer=None):
        self.data = folder / name
        self.client = client or free_range()
        self.peer = peer or free_range()
        self.output = folder / f"{name}.out"
        self.errors = folder / f"{name}.err"
        with open(self.output, "wb") as out, open(self.errors, "wb") as err:
            self.process = subprocess.Popen(
                [binary("kvd"), "local-cluster", "--data-dir", self.data, "--client-port",
                 str(self.client), "--peer-port", str(self.peer)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=clean_environment())

    def wait_table(self):
        def shown():
            expect(self.process.poll() is None, f"local-cluster: {self.errors.read_text()}")
            return "Ctrl-C" in self.output.read_text()
        wait_until("the table", shown, 20)

    def end(self):
        members = children(self.process.pid)
        self.process.kill()
        self.process.wait()
        wait_until("the members end with their parent", lambda: not running(members), 5)
        return members


def free_range(count=3):
    """The first of some free ports in a row."""
    while True:
        first = free_ports(1)[0]
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue


def check_signals(folder):
    """SIGTERM and data kept; kill -9 of the parent; a member that dies is told of."""
    first = LocalCluster(folder, "signals")
    try:
        first.wait_table()
        with wire.Wire(first.client + 1) as connection:
            expect(connection.call("SET", "kept", "yes") == "OK", "SET")
        members = children(first.process.pid)
        first.process.send_signal(signal.SIGTERM)
        expect(first.process.wait(20) == 0, f"SIGTERM: exit code {first.process.returncode}")
        expect(not running(members), "members run on after SIGTERM")
    finally:
        first.end()
    second = LocalCluster(folder, "signals", first.client, first.peer)
    try:
        second.wait_table()
        with wire.Wire(second.client + 2) as connection:
            expect(connection.call("GET", "kept") == b"yes", "the data was not kept")
        one = children(second.process.pid)[0]
        os.kill(one, signal.SIGKILL)
        wait_until("a word about a dead member", lambda: second.errors.read_text(), 5)
        say(f"a member killed: {second.errors.read_text().splitlines()[0]}")
        expect(second.process.poll() is None, "local-cluster ended with one member")
    finally:
        members = second.end()
    expect(len(members) >= 2, f"{len(members)} members ran beside the parent when it was killed")
    say("SIGTERM ends all, exit 0, the data is kept; kill -9 of the parent ends its members")


def check_failing_child(folder):
    client = free_range()
    with socket.create_server(("127.0.0.1", client + 1)):
        cluster = LocalCluster(folder, "failing", client)
        try:
            members = children(cluster.process.pid)
            code = cluster.process.wait(20)
        except subprocess.TimeoutExpired:
            raise Failure("a member's port is taken and local-cluster runs on") from None
        finally:
            cluster.end()
    text = cluster.errors.read_text().strip()
    expect(code == 1, f"a member's port is taken: exit code {code}: {text}")
    expect("2" in text and str(client + 1) in text and len(text.splitlines()) == 1,
           f"a member's port is taken, and that is all it says: {text}")
    expect(not running(members), "the other members run on")
    say(f"a member that cannot start: exit 1, {text}")


def check_early_end(folder):
    """SIGTERM at any moment of a start ends a member: a stop that comes early is not forgotten."""
    for number in range(40):
        client, own, *others = free_ports(4)
        members = ",".join(f"{i}=127.0.0.1:{port}" for i, port in enumerate([own, *others], 1))
        process = subprocess.Popen(
            [binary("kvd"), "--id", "1", "--data-dir", folder / f"early-{number}",
             "--initial-cluster", members, "--client-address", f"127.0.0.1:{client}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=clean_environment())
        time.sleep(number * 0.0005)
        process.terminate()
        try:
            # Before the program handles the signal, the signal ends it.
            code = process.wait(5)
            expect(code in (0, -signal.SIGTERM), f"SIGTERM during the start: exit code {code}")
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"SIGTERM {number * 0.5} ms after the start is forgotten") from None
    say("40 members end that are told to while they start")


def body(options):
    folder = Path(tempfile.mkdtemp(prefix="kvd-readme-"))
    try:
        check_signals(folder)
        check_early_end(folder)
        check_failing_child(folder)
        if not options.no_readme:
            check_readme(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def options(parser):
    parser.add_argument("--no-readme", action="store_true",
                        help="leave out the README's own commands, which build and need port 6379")


if __name__ == "__main__":
    run(__doc__, body, options, limit=1800)
