# SPDX-License-Identifier: Apache-2.0
"""No reply to a write leaves before fdatasync has completed on a majority, as strace saw it.

Clients send SETs with a word of their own in the value, one after the other, to leader and followers.
The word is found again in what each member writes to its log; the reply in what leaves on the client's
connection. A first pass shows things as they are; in a second every fdatasync is held up for 20 ms, so
that a reply that does not wait for it would be early by as much.
"""

import re
import statistics
import threading

import environment  # noqa: F401

import strace
import wire
from cluster import Cluster, expect
from script import run, say

DELAY = 20_000
# Two members and their client, by hand: the leader and one follower sync, then the reply leaves.
SAMPLE = [
    """\
100.000100 recvfrom(9<TCP:[127.0.0.1:6379->127.0.0.1:5000]>, "SET tok-0-0-end", 4096, 0) = 40 <0.00001>
100.000200 pwrite64(7</d/1/wal/1.log>, "..tok-0-0-end..", 512, 0) = 512 <0.000050>
100.000300 fdatasync(7</d/1/wal/1.log>) = 0 <0.000100>
100.000900 sendto(9<TCP:[127.0.0.1:6379->127.0.0.1:5000]>, "+OK\\r\\n", 5, 0, NULL, 0) = 5 <0.00001>
""",
    """\
100.000250 pwrite64(7</d/2/wal/1.log>, "..tok-0-0-end..", 512, 0) = 512 <0.000050>
100.000400 fdatasync(7</d/2/wal/1.log>) = 0 <0.000300>
""",
    "",
]


def replies_in(calls, client_ports, tokens):
    """When each token's reply began to leave: the k-th reply of a connection is its k-th token's."""
    replies = {}
    for index, (port, words) in enumerate(zip(client_ports, tokens)):
        times = []
        for call in calls:
            if isinstance(call.target, tuple) and call.target[1] == port and (
                    call.name.startswith("send") or call.name.startswith("write")):
                times += [call.begin] * len(re.findall(r"\+OK", call.data))
        for number, word in enumerate(words):
            replies[word] = times[number] if number < len(times) else None
    return replies


def check_analyser():
    """The analyser must accept the sample and refuse what is wrong with each of these."""
    def judged(texts):
        calls = [list(strace.parse(text)) for text in texts]
        replies = replies_in(calls[0], [5000], [["tok-0-0-end"]])
        return strace.judge(list(zip(calls, ["/d/1", "/d/2", "/d/3"])), replies)

    good = judged(SAMPLE)
    expect(good.replies == 1 and not good.early, f"a good trace was refused: {good}")
    expect(abs(good.margins[0] - 0.0002) < 1e-6, f"wrong margin: {good}")
    wrong = {
        "the reply before the second sync's end": [
            SAMPLE[0].replace("100.000900", "100.000650"), *SAMPLE[1:]],
        "the reply before any sync": [SAMPLE[0].replace("100.000900", "100.000250"), *SAMPLE[1:]],
        "a sync that began before the write ended": [
            SAMPLE[0], SAMPLE[1].replace("100.000400", "100.000290") +
            "100.002000 fdatasync(7</d/2/wal/1.log>) = 0 <0.000300>\n", ""],
    }
    for what, texts in wrong.items():
        expect(judged(texts).early == ["tok-0-0-end"], f"the analyser overlooks {what}")
    other_file = [SAMPLE[0], SAMPLE[1].replace("fdatasync(7</d/2/wal/1", "fdatasync(8</d/2/wal/2"),
                  ""]
    expect(judged(other_file).unproved, "the analyser takes a sync of another file")
    failed = [SAMPLE[0], SAMPLE[1].replace("= 0 <0.000300>", "= -1 EIO (I/O error) <0.000300>"), ""]
    expect(judged(failed).unproved, "the analyser takes a sync that failed")
    say(f"self-check: a good trace passes, {len(wrong) + 2} wrong ones do not")


def write_all(connection, words, key, errors):
    try:
        for word in words:
            connection.call("SET", key, word)
    except (wire.Disconnected, wire.ReplyError) as error:
        errors.append(f"{key}: {error}")


def traced_writes(cluster, name, connections, writes, delay):
    """SETs through all members while strace watches; the verdict."""
    tracers = [
        strace.Tracer(member.process.pid, cluster.folder, f"{name}-{member.id}", delay)
        for member in cluster.members
    ]
    jobs, errors = [], []
    for number in range(connections):
        member = cluster.members[number % len(cluster.members)]
        words = [f"tok-{number}-{i}-end" for i in range(writes)]
        jobs.append((member, wire.Wire(member.client_port), words))
    threads = [
        threading.Thread(target=write_all, args=(connection, words, f"k{i}", errors), daemon=True)
        for i, (_, connection, words) in enumerate(jobs)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    traces = [tracer.stop() for tracer in tracers]
    expect(not errors, f"writes failed: {errors[:3]}")
    replies = {}
    for member, calls in zip(cluster.members, traces):
        mine = [(c.local_port, words) for m, c, words in jobs if m is member]
        replies |= replies_in(calls, [port for port, _ in mine], [words for _, words in mine])
    directories = [str(member.data.resolve()) + "/" for member in cluster.members]
    pairs = list(zip(traces, directories))
    return strace.judge(pairs, replies), pairs, replies


def judge_pass(title, verdict, expected):
    margins = [margin * 1000 for margin in verdict.margins]
    expect(
        not verdict.unproved and verdict.replies == expected,
        f"{title}: {len(verdict.unproved)} of {expected} writes are not in the traces "
        f"of a majority, such as {verdict.unproved[:3]}")
    say(f"{title}: {verdict.replies} replies, {verdict.syncs} syncs on all members, "
        f"{len(verdict.early)} replies before a majority's sync; reply after it by "
        f"min {min(margins):.3f} / median {statistics.median(margins):.3f} ms")
    expect(
        not verdict.early,
        f"{title}: {len(verdict.early)} replies left early, the worst by {-min(margins):.3f} ms")


def body(options):
    check_analyser()
    with Cluster() as cluster:
        cluster.start()
        total = options.connections * options.writes
        verdict, traces, replies = traced_writes(
            cluster, "plain", options.connections, options.writes, None)
        judge_pass("as it is", verdict, total)
        # The same trace with every reply moved to its majority's sync and a little before.
        early = {
            word: left - margin - 1e-6
            for (word, left), margin in zip(replies.items(), verdict.margins)}
        moved = strace.judge(traces, early)
        expect(len(moved.early) == total, f"only {len(moved.early)} of {total} moved replies found")
        say(f"self-check: all {total} replies are found early once moved before the sync")
        fewer = max(1, options.writes // 4)
        verdict, _, _ = traced_writes(cluster, "slow", options.connections, fewer, DELAY)
        judge_pass(f"fdatasync held up {DELAY // 1000} ms", verdict, options.connections * fewer)


def options(parser):
    parser.add_argument("--connections", type=int, default=9)
    parser.add_argument("--writes", type=int, default=100, help="per connection")


if __name__ == "__main__":
    run(__doc__, body, options, limit=240)
