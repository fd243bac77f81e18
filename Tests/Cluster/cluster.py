# SPDX-License-Identifier: Apache-2.0
"""Real kvd processes on loopback: start, kill, pause, ask, and end whatever happens."""

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import environment
import wire

environment.require_tools("setpriv")


class Failure(Exception):
    """What was expected and did not come about, as a sentence."""


def expect(condition, message):
    if not condition:
        raise Failure(message)


def wait_until(what, condition, timeout, interval=0.01):
    """Polls until `condition()` is true and returns what it gave."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise Failure(f"{what}: not within {timeout:g} s")
        time.sleep(interval)


_binaries = None


def binary(name):
    """A release binary: in the folder KVD_BIN names, or where `swift build -c release` puts it."""
    global _binaries
    if _binaries is None:
        given = os.environ.get("KVD_BIN")
        if given:
            folder = Path(given)
            _binaries = folder if folder.is_dir() else folder.parent
        else:
            shown = subprocess.run(
                ["swift", "build", "-c", "release", "--show-bin-path"],
                cwd=environment.REPOSITORY, capture_output=True, text=True, check=True)
            _binaries = Path(shown.stdout.strip())
    path = (_binaries / name).resolve()
    if not path.exists():
        raise SystemExit(
            f"{path} is missing: swift build -c release, or set KVD_BIN to the folder with {name}")
    return str(path)


def clean_environment(**more):
    """This environment without KVD_…, each of which would be an option to kvd."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("KVD")}
    return kept | more


_given_out = set()


def free_ports(count):
    """Free loopback ports below the range from which the system takes ports for connections.

    Otherwise a member could not come back: some client's connection may have its port by then.
    """
    ports = []
    while len(ports) < count:
        port = random.randrange(15000, 32000)
        if port in _given_out:
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given_out.add(port)
        ports.append(port)
    return ports


class Member:
    """One kvd process after another on the same data directory and ports."""

    def __init__(self, identifier, folder, data, client_port, peer_port):
        self.id = identifier
        self.folder = folder
        self.data = Path(data)
        self.client_port = client_port
        self.peer_port = peer_port
        self.initial_cluster = ""
        self.environment = {}
        self.process = None
        self.starts = 0

    def arguments(self):
        return [
            "--id", str(self.id), "--data-dir", str(self.data),
            "--initial-cluster", self.initial_cluster,
            "--client-address", f"127.0.0.1:{self.client_port}",
        ]

    def start(self, arguments=None):
        """Starts a process and does not wait. From the main thread only: its end ends the process."""
        expect(not self.is_alive, f"member {self.id} is running already")
        self.starts += 1
        command = ["setpriv", "--pdeathsig", "KILL", binary("kvd"), *(arguments or self.arguments())]
        with open(self.output, "wb") as out, open(self.log, "wb") as err:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env=clean_environment(**self.environment), start_new_session=True)

    @property
    def output(self):
        return self.folder / f"kvd-{self.id}.{self.starts}.out"

    @property
    def log(self):
        return self.folder / f"kvd-{self.id}.{self.starts}.err"

    @property
    def is_alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def is_ready(self):
        if not self.is_alive:
            raise Failure(
                f"member {self.id} ended with exit code {self.process.returncode}: {self.tail(1)}")
        return self.output.read_text().startswith(f"kvd ready id={self.id} ")

    def wait_ready(self, timeout=10):
        wait_until(f"member {self.id} ready", lambda: self.is_ready, timeout)

    def tail(self, lines):
        if not self.starts:
            return ""
        text = self.log.read_text(errors="replace").splitlines()
        return "\n".join(text[-lines:])

    def signal(self, number):
        expect(self.is_alive, f"member {self.id} is not running: {self.tail(1)}")
        self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """kill -9, and waits until the process is gone."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self, timeout=10):
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def wait(self, timeout):
        """Waits for the process to end by itself; its exit code."""
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise Failure(f"member {self.id} did not end within {timeout} s") from None

    def info(self, section="raft", timeout=1.0):
        return wire.info(self.client_port, section, timeout)

    def status(self):
        """INFO raft, or nothing if the member does not answer."""
        try:
            return self.info(timeout=0.5) if self.is_alive else {}
        except (wire.Disconnected, wire.ReplyError):
            return {}

    def hash(self):
        """(applied index, hash) of the member's own state."""
        with wire.Wire(self.client_port) as connection:
            index, text = connection.call("KV.HASH")
        return int(index), text.decode()


class Cluster:
    """Members with fresh data in a temporary folder; used in a `with` statement."""

    def __init__(self, size=3, folder=None):
        self.owns_folder = folder is None
        self.folder = Path(folder or tempfile.mkdtemp(prefix="kvd-cluster-"))
        ports = free_ports(2 * size)
        self.members = [
            Member(i + 1, self.folder, self.folder / f"data-{i + 1}", ports[i], ports[size + i])
            for i in range(size)
        ]
        initial = ",".join(f"{m.id}=127.0.0.1:{m.peer_port}" for m in self.members)
        for member in self.members:
            member.initial_cluster = initial

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.end()
        if kind is not None and kind is not KeyboardInterrupt:
            self.print_logs()
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def end(self):
        for member in self.alive:
            member.process.kill()
        for member in self.members:
            if member.process:
                member.process.wait()

    def print_logs(self, lines=25):
        for member in self.members:
            state = f"exit code {member.process.returncode}" if member.process else "never started"
            print(f"---- member {member.id}, start {member.starts}, {state}", flush=True)
            print(member.tail(lines), flush=True)

    @property
    def alive(self):
        return [member for member in self.members if member.is_alive]

    def start(self, timeout=10):
        """Starts all that are not running and waits until all are ready and one leads."""
        for member in self.members:
            if not member.is_alive:
                member.start()
        for member in self.members:
            member.wait_ready(timeout)
        self.leader(timeout)
        return self

    def find_leader(self, among=None):
        """The member that leads, if a majority of all says so in its term."""
        members = self.alive if among is None else among
        statuses = {member: member.status() for member in members}
        for member, status in statuses.items():
            if status.get("raft_role") != "leader":
                continue
            agreeing = [
                other for other in statuses.values()
                if other.get("raft_leader_id") == str(member.id)
                and other.get("raft_term") == status["raft_term"]
            ]
            if len(agreeing) > len(self.members) // 2:
                return member
        return None

    def leader(self, timeout=10, among=None):
        return wait_until("a leader", lambda: self.find_leader(among), timeout)

    def followers(self, timeout=10):
        leader = self.leader(timeout)
        return [member for member in self.alive if member is not leader]

    def wait_caught_up(self, timeout=20):
        """Waits until every running member has applied what the leader has committed by now."""
        target = int(self.leader(timeout).info()["raft_commit_index"])
        wait_until(
            f"all have applied index {target}",
            lambda: all(
                int(member.status().get("raft_applied_index", 0)) >= target
                for member in self.alive),
            timeout)

    def wait_equal(self, timeout=20):
        """Waits for all running members to stand at one index; fails if their hashes differ there."""
        def equal():
            states = {member.id: member.hash() for member in self.alive}
            if len({index for index, _ in states.values()}) > 1:
                return None
            expect(len({text for _, text in states.values()}) == 1, f"KV.HASH differs: {states}")
            return next(iter(states.values()))
        return wait_until("one applied index on all members", equal, timeout)
