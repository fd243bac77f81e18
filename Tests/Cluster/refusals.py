# SPDX-License-Identifier: Apache-2.0
"""What must not be started is refused: within 2 s, with its exit code and one clear line on stderr.

Exit codes: 1 failure (a port that is taken), 2 bad configuration, 3 data directory unusable.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import environment  # noqa: F401

from cluster import Cluster, binary, clean_environment, expect, free_ports
from script import run, say

WITHIN = 2.0
# Log lines begin with the time; what is left is the refusal.
LOG_LEVEL = ["--log-level", "error"]


class Refusals:
    """Runs kvd, expects it to end, and prints what it said."""

    def __init__(self):
        self.problems = []
        self.count = 0

    def check(self, what, code, arguments, words=(), variables=None):
        """kvd with these arguments must end with the code and a line that has the words."""
        process = subprocess.Popen(
            [binary("kvd"), *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=clean_environment(**(variables or {})))
        start = time.monotonic()
        try:
            out, err = process.communicate(timeout=WITHIN)
            ended = process.returncode
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            ended = None
        self.judge(what, code, ended, out, err, time.monotonic() - start, words)

    def judge(self, what, code, ended, out, err, took, words):
        self.count += 1
        lines = [line for line in err.splitlines() if line.strip()]
        wrong = []
        if ended is None:
            wrong.append(f"still runs after {WITHIN:g} s")
        elif ended != code:
            wrong.append(f"exit code {ended}, not {code}")
        if len(lines) != 1:
            wrong.append(f"{len(lines)} lines on stderr, not one")
        wrong += [f"no word of {word!r}" for word in words if str(word) not in err]
        if out:
            wrong.append(f"prints {out.strip()!r} on stdout")
        verdict = "WRONG: " + "; ".join(wrong) if wrong else f"exit {ended}, {took * 1000:.0f} ms"
        say(f"{what}: {verdict}")
        for line in lines:
            say(f"    {line}")
        if wrong:
            self.problems.append(f"{what}: {'; '.join(wrong)}")


def check_options(refusals, folder):
    """What is wrong can be seen from the command line alone."""
    client, peer = free_ports(2)
    good = ["--id", 1, "--data-dir", folder / "unused",
            "--initial-cluster", f"1=127.0.0.1:{peer}", "--client-address", f"127.0.0.1:{client}"]

    def without(flag):
        index = good.index(flag)
        return good[:index] + good[index + 2:]

    def replaced(flag, value):
        index = good.index(flag)
        return good[:index + 1] + [value] + good[index + 2:]

    def config(name, text):
        path = folder / name
        path.write_text(text)
        return [*good, "--config", path]

    check = refusals.check
    check("no arguments at all", 2, [])
    check("an unknown flag", 2, [*good, "--frobnicate", "yes"], ["--frobnicate"])
    check("a flag without its value", 2, [*good, "--log-level"], ["--log-level"])
    check("a flag given twice", 2, [*good, "--id", "1"], ["--id"])
    check("an unknown command", 2, ["serve"], ["serve"])
    for flag in ("--id", "--data-dir", "--initial-cluster"):
        check(f"{flag} missing", 2, without(flag), [flag])
    check("an id that is no number", 2, replaced("--id", "one"), ["--id", "one"])
    check("the id 0", 2, replaced("--id", "0"), ["--id"])
    check("an id that is not in the list", 2, replaced("--id", "7"), ["--initial-cluster", "7"])
    for address in ("nonsense", "127.0.0.1", "127.0.0.1:port", "127.0.0.1:70000", ":", ""):
        check(f"the client address {address!r}", 2, replaced("--client-address", address),
              ["--client-address"])
    check("a client address nobody has", 1, replaced("--client-address", "192.0.2.1:6379"),
          ["192.0.2.1:6379"])
    for members in ("1", "1=", "1=127.0.0.1", "x=127.0.0.1:7379", "",
                    f"1=127.0.0.1:{peer},1=127.0.0.1:{client}"):
        check(f"the initial cluster {members!r}", 2, replaced("--initial-cluster", members),
              ["--initial-cluster"])
    check("a bad log level", 2, [*good, "--log-level", "loud"], ["--log-level", "loud"])
    check("a config file that is not there", 2, [*good, "--config", folder / "none"], ["none"])
    check("an unknown key in the config file", 2, config("a", "# fine\n\nfrob = 1\n"),
          ["frob", "a:3"])
    check("a line without = in the config file", 2, config("b", "max-clients\n"), ["b:1"])
    check("a bad value in the config file", 2, config("c", "max-clients = many\n"),
          ["max-clients", "many", "c:1"])
    check("an unknown variable in the environment", 2, good, ["KVD_FROB"], {"KVD_FROB": "1"})
    check("a bad value in the environment", 2, good, ["KVD_MAX_CLIENTS", "many"],
          {"KVD_MAX_CLIENTS": "many"})
    file = folder / "a-file"
    file.write_text("")
    check("a data directory that is a file", 3, [*replaced("--data-dir", file), *LOG_LEVEL],
          [file])
    expect(not (folder / "unused").exists() or not any((folder / "unused").iterdir()),
           "a refused start left something in the data directory")


def check_ports(refusals, folder):
    client, peer, taken = free_ports(3)
    with socket.create_server(("127.0.0.1", taken)):
        for what, c, p in (("client", taken, peer), ("peer", client, taken)):
            refusals.check(
                f"a taken {what} port", 1,
                ["--id", 1, "--data-dir", folder / f"taken-{what}", "--initial-cluster",
                 f"1=127.0.0.1:{p}", "--client-address", f"127.0.0.1:{c}", *LOG_LEVEL],
                [f"127.0.0.1:{taken}"])


def check_directories(refusals):
    """Members of a running cluster with a directory that is not theirs."""
    with Cluster() as cluster, Cluster() as elsewhere, Cluster() as before:
        for member, earlier in zip(cluster.members, before.members):
            # The same addresses, founded earlier: what is left of a test, say.
            earlier.peer_port, earlier.client_port = member.peer_port, member.client_port
            earlier.initial_cluster = member.initial_cluster
        for other in (before, elsewhere):
            other.start()
            other.end()
        cluster.start()
        first, second = cluster.members[0], cluster.members[1]

        def arguments(data):
            return ["--id", first.id, "--data-dir", data, "--initial-cluster",
                    first.initial_cluster, "--client-address",
                    f"127.0.0.1:{first.client_port}", *LOG_LEVEL]

        client, peer = free_ports(2)
        refusals.check(
            "a second kvd on the same directory", 3,
            ["--id", first.id, "--data-dir", first.data, "--initial-cluster",
             first.initial_cluster, "--client-address", f"127.0.0.1:{client}",
             "--peer-address", f"127.0.0.1:{peer}", *LOG_LEVEL], ["in use"])
        expect(first.is_alive and first.status(), "the first kvd on that directory did not survive")
        first.terminate()
        refusals.check(
            "the data directory of a cluster that had these addresses before", 3,
            arguments(before.members[0].data), ["cluster"])
        refusals.check(
            "the data directory of a cluster with other addresses", 3,
            arguments(elsewhere.members[0].data), ["cluster"])
        refusals.check(
            "another member's data directory of the same cluster", 3,
            arguments(copy(second, cluster.folder / "copied")), ["member 1", "member 2"])
        refusals.check(
            "a member of an existing cluster with an emptied directory", 3,
            arguments(cluster.folder / "empty"), ["empty"])
        # None of this may have harmed the cluster.
        first.start()
        cluster.wait_caught_up()
        cluster.wait_equal()


def copy(member, target):
    """A copy of a stopped member's directory; the member runs again afterwards."""
    member.terminate()
    shutil.copytree(member.data, target)
    member.start()
    member.wait_ready()
    return target


def check_unequal_lists(refusals):
    """Members of a new cluster that were given different lists must not found it."""
    with Cluster() as cluster:
        odd = cluster.members[2]
        elsewhere = free_ports(1)[0]
        odd.initial_cluster = odd.initial_cluster.replace(
            f"1=127.0.0.1:{cluster.members[0].peer_port}", f"1=127.0.0.1:{elsewhere}")
        for member in cluster.members[:2]:
            member.start(arguments=[*member.arguments(), *LOG_LEVEL])
        refusals.check(
            "a list of members that differs from the others'", 2,
            [*odd.arguments(), *LOG_LEVEL], ["initial members"])


def body(_):
    refusals = Refusals()
    folder = Path(tempfile.mkdtemp(prefix="kvd-refusals-"))
    try:
        check_options(refusals, folder)
        check_ports(refusals, folder)
        check_directories(refusals)
        check_unequal_lists(refusals)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    expect(
        not refusals.problems,
        f"{len(refusals.problems)} of {refusals.count} refusals are not as they should be: "
        + " · ".join(refusals.problems))
    say(f"{refusals.count} refusals, each within {WITHIN:g} s, with its exit code and one line")


if __name__ == "__main__":
    run(__doc__, body, limit=180)
