# SPDX-License-Identifier: Apache-2.0
# What run and full share. Sourced; then the working directory is the repository's top.
#
# CI_SCRATCH names another folder than .build for what is built.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null
export CI=true PYTHONDONTWRITEBYTECODE=1
scratch=()
if [[ -n ${CI_SCRATCH:-} ]]; then scratch=(--scratch-path "$CI_SCRATCH"); fi

# step NAME COMMAND…: a heading, the command, how long it took. A failure anywhere in the command ends
# the script: so it must not stand in a condition, where bash would ignore all but its last line.
step() {
    current=$1
    began_step=$SECONDS
    shift
    printf '\n=== %s\n' "$current"
    "$@"
    printf '=== done: %s (%d s)\n' "$current" $((SECONDS - began_step))
    current=
}

current=
began_step=0
cleanup=()
at_exit() {
    local status=$?
    if ((status)) && [[ -n $current ]]; then
        printf '=== FAILED: %s (%d s, exit code %d)\n' \
            "$current" $((SECONDS - began_step)) "$status"
    fi
    rm -f "${cleanup[@]}"
}
trap at_exit EXIT

# The scripts need a Python with venv; all else they install themselves.
require_python() {
    if ! python3 -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
    then
        DEBIAN_FRONTEND=noninteractive apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            python3 python3-venv >/dev/null
    fi
}

# build_release [FLAG…]: kvd, kvcli, raftsim and the examples, and tells the scripts where they are.
build_release() {
    swift build -c release --product kvd "${scratch[@]}" "$@"
    swift build -c release --product kvcli "${scratch[@]}" "$@"
    swift build -c release --product raftsim "${scratch[@]}" "$@"
    swift build -c release --product exactly-once-counter "${scratch[@]}" "$@"
    KVD_BIN=$(swift build -c release --show-bin-path "${scratch[@]}")
    export KVD_BIN
}
