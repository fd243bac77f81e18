# SPDX-License-Identifier: Apache-2.0
"""What every script does alike: options, a time limit, one closing line, exit code 0 or 1."""

import argparse
import os
import signal
import statistics
import sys
import threading
import time
import traceback
from pathlib import Path

from cluster import Failure


class Skipped(Exception):
    """The machine lacks what the script needs; why, as a sentence."""


def run(description, body, options=None, limit=600):
    """Runs `body(options)`, prints how it ended and exits.

    `options` adds the script's own options to a parser. `limit` is the longest it may take, in
    seconds: then it fails, and all that it started is ended.
    """
    parser = argparse.ArgumentParser(description=description)
    if options:
        options(parser)
    arguments = parser.parse_args()
    name = Path(sys.argv[0]).stem
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
    signal.signal(signal.SIGALRM, _out_of_time(limit))
    signal.alarm(limit)
    sys.setswitchinterval(0.001)
    start = time.monotonic()
    try:
        body(arguments)
        code, outcome = 0, "PASS"
    except Skipped as reason:
        say(f"skipped: {reason}")
        code, outcome = 0, "SKIP"
    except Failure as failure:
        say(f"failed: {failure}")
        code, outcome = 1, "FAIL"
    except Exception:
        traceback.print_exc()
        code, outcome = 1, "FAIL"
    except KeyboardInterrupt:
        code, outcome = 1, "FAIL"
    signal.alarm(0)
    say(f"{outcome} {name} ({time.monotonic() - start:.1f} s)")
    sys.stdout.flush()
    if threading.active_count() > 1:
        # A thread that hangs must not keep the script from ending.
        os._exit(code)
    sys.exit(code)


def _out_of_time(limit):
    def handler(*_):
        signal.alarm(30)
        raise Failure(f"not finished within {limit} s")
    return handler


def say(text):
    print(text, flush=True)


def spread(values, unit="ms", factor=1000):
    """Minimum, median and maximum as a phrase."""
    scaled = [value * factor for value in values]
    return (f"min {min(scaled):.0f} / median {statistics.median(scaled):.0f} / "
            f"max {max(scaled):.0f} {unit}")


def plural(count, noun):
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
