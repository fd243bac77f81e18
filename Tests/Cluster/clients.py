# SPDX-License-Identifier: Apache-2.0
"""A leader within 2 s of the last start; Redis' own clients work against any of the three."""

import re
import subprocess
import time

import environment
import redis

import wire
from cluster import Cluster, expect
from script import run, say, spread
from terminal import Terminal

environment.require_tools("redis-cli", "redis-benchmark")

LEADER_WITHIN = 2.0


def fresh_start():
    """Seconds from the last member's start to a leader that all know, in a new cluster."""
    with Cluster() as cluster:
        for member in cluster.members:
            member.start()
        moment = time.monotonic()
        cluster.leader(timeout=10)
        return time.monotonic() - moment


def redis_cli(member, *arguments, text=None):
    done = subprocess.run(
        ["redis-cli", "-p", str(member.client_port), *arguments],
        input=text, capture_output=True, timeout=30)
    output = done.stdout.decode()
    expect(
        done.returncode == 0 and not done.stderr,
        f"redis-cli {arguments}: exit code {done.returncode}: {output}{done.stderr.decode()}")
    return output


def check_one_shot(member):
    key = f"cli:{member.id}"
    for arguments, expected in [
        (["PING"], "PONG\n"),
        (["SET", key, "a value"], "OK\n"),
        (["GET", key], "a value\n"),
        (["-3", "GET", key], "a value\n"),
        (["-n", "0", "STRLEN", key], "7\n"),
        (["INCR", key + ":n"], "1\n"),
        (["MSET", key + ":x", "1", key + ":y", "2"], "OK\n"),
        (["MGET", key + ":x", key + ":y", "none"], "1\n2\n\n"),
        (["EXPIRE", key, "100"], "1\n"),
        (["DEL", key, key + ":n", key + ":x", key + ":y"], "4\n"),
        (["EXISTS", key], "0\n"),
        (["--no-raw", "GET", key], "(nil)\n"),
        (["INCR", key, "2"], "ERR wrong number of arguments for 'incr' command\n\n"),
    ]:
        if "wrong number" in expected:
            output = subprocess.run(
                ["redis-cli", "-p", str(member.client_port), *arguments],
                capture_output=True, timeout=30).stdout.decode()
        else:
            output = redis_cli(member, *arguments)
        expect(output == expected, f"redis-cli {arguments} printed {output!r}, not {expected!r}")
    expect("raft_role:" in redis_cli(member, "INFO", "raft"), "redis-cli INFO raft shows no role")


def check_pipe(member, count=10000):
    """redis-cli --pipe: a raw stream of commands, then an ECHO to see the end of the replies."""
    stream = b"".join(wire.encode("SET", f"pipe:{member.id}:{i}", i) for i in range(count))
    output = redis_cli(member, "--pipe", text=stream)
    expect(f"errors: 0, replies: {count}" in output, f"redis-cli --pipe printed {output!r}")
    value = redis_cli(member, "GET", f"pipe:{member.id}:{count - 1}")
    expect(value == f"{count - 1}\n", f"after --pipe the last key holds {value!r}")


def check_interactive(member):
    """redis-cli at a terminal begins with COMMAND DOCS for its hints."""
    terminal = Terminal(["redis-cli", "-p", str(member.client_port)])
    terminal.wait(rf"127\.0\.0\.1:{member.client_port}> ")
    terminal.type("set interactive yes", r"\bOK\r?\n")
    terminal.type("get interactive", r'"yes"\r?\n')
    terminal.type("incr interactive", r"\(error\) ERR value is not an integer or out of range")
    terminal.type("get nothing-here", r"\(nil\)\r?\n")
    terminal.press("quit\n")
    code = terminal.end()
    expect(code == 0, f"redis-cli's terminal ended with {code}")
    docs = wire.Wire(member.client_port).call("COMMAND", "DOCS", "get")
    expect(docs and docs[0] == b"get", f"COMMAND DOCS get answered {docs!r}")


def check_benchmark(member, count):
    """redis-benchmark's five tests, alone and with a pipeline; the figures of the first."""
    figures = []
    for more in ([], ["-P", "16"], ["-3"]):
        done = subprocess.run(
            ["redis-benchmark", "-p", str(member.client_port), "-t", "ping,set,get,incr,mset",
             "-n", str(count), "-c", "50", "--csv", *more],
            capture_output=True, text=True, timeout=120)
        rows = re.findall(r'^"([A-Z_]+).*?","([\d.]+)"', done.stdout, re.MULTILINE)
        complaints = re.findall(r".*(?:WARN|[Ee]rror).*", done.stdout + done.stderr)
        expect(
            done.returncode == 0 and not complaints and len(rows) == 6,
            f"redis-benchmark {more} against member {member.id}: exit code {done.returncode}, "
            f"{len(rows)} of 6 rows: {complaints or done.stdout[-400:] + done.stderr[-400:]}")
        if not figures:
            figures = [f"{name.lower()} {float(rate):,.0f}/s" for name, rate in rows]
    return ", ".join(figures)


def check_redis_py(member):
    """redis-py as people use it: no option but the port, then the common ones."""
    name = f"py:{member.id}"
    for options in ({}, {"protocol": 2}, {"protocol": 3}, {"decode_responses": True}):
        with redis.Redis(port=member.client_port, **options) as r:
            text = (lambda s: s) if options.get("decode_responses") else str.encode
            expect(r.ping() is True, "ping")
            expect(r.set(name, "1") is True, "set")
            expect(r.get(name) == text("1"), "get")
            expect(r.set(name, "2", nx=True) is None, "set nx on a key that is there")
            expect(r.set(name, "3", xx=True, ex=100) is True, "set xx ex")
            expect(0 < r.ttl(name) <= 100, "ttl")
            expect(0 < r.pttl(name) <= 100_000, "pttl")
            expect(r.persist(name) is True and r.ttl(name) == -1, "persist")
            expect(r.incr(name) == 4 and r.decr(name, 3) == 1, "incr, decr")
            expect(r.append(name, "23") == 3 and r.strlen(name) == 3, "append, strlen")
            expect(r.mset({name + ":a": "x", name + ":b": "y"}) is True, "mset")
            got = r.mget(name + ":a", name + ":b", name + ":c")
            expect(got == [text("x"), text("y"), None], f"mget gave {got}")
            expect(r.exists(name + ":a", name + ":b", name + ":c") == 2, "exists")
            with r.pipeline(transaction=False) as pipeline:
                for i in range(100):
                    pipeline.incr(name + ":p").get(name + ":p")
                replies = pipeline.execute()
            wanted = [v for i in range(1, 101) for v in (i, text(str(i)))]
            expect(replies == wanted, f"a pipeline of INCR and GET gave {replies[:6]}…")
            expect(r.delete(name, name + ":a", name + ":b", name + ":p") == 4, "delete")
            expect(r.dbsize() >= 0, "dbsize")
            expect(r.info("raft")["raft_id"] == member.id, "info raft")
            expect(r.echo("hello") == text("hello"), "echo")
            try:
                r.execute_command("NO.SUCH.COMMAND")
                raise AssertionError("an unknown command was accepted")
            except redis.ResponseError as error:
                expect("unknown command" in str(error), f"an unknown command: {error}")


def body(options):
    starts = [fresh_start() for _ in range(options.starts)]
    say(f"leader after the last of three starts, {options.starts} times: {spread(starts)}")
    expect(
        max(starts) < LEADER_WITHIN,
        f"a leader took {max(starts):.2f} s, allowed {LEADER_WITHIN} s")
    with Cluster() as cluster:
        cluster.start()
        leader = cluster.leader()
        for member in cluster.members:
            check_one_shot(member)
            check_interactive(member)
            check_pipe(member)
            check_redis_py(member)
            role = "leader" if member is leader else "follower"
            figures = check_benchmark(member, options.requests)
            say(f"member {member.id}, {role}: redis-cli, --pipe, redis-py ok; benchmark {figures}")


def options(parser):
    parser.add_argument("--starts", type=int, default=7, help="fresh clusters to time")
    parser.add_argument("--requests", type=int, default=10000, help="per redis-benchmark test")


if __name__ == "__main__":
    run(__doc__, body, options, limit=300)
