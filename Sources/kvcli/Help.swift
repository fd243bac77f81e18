// SPDX-License-Identifier: Apache-2.0

/// What kvcli says about itself; lines fit in 80 columns.
enum Help {
    static let version = "kvcli 0.1.0\n"

    static let text = """
        kvcli - talks to a kvd cluster (or to any Redis server)

        Usage:
          kvcli [OPTIONS] COMMAND [ARGUMENT...]   run one command: kvcli set a 1 ex 10
          kvcli [OPTIONS] endpoint status         role, term, index of each endpoint
          kvcli [OPTIONS] endpoint health         does each answer and know a leader
          kvcli [OPTIONS] endpoint hash           state hash of each endpoint
          kvcli [OPTIONS]                         read commands line by line
          kvcli [OPTIONS] --pipe                  bulk load from standard input: a
                                                  command a line, or as Redis' bytes
          kvcli help | --help | --version

        Options (before the command):
          --endpoints H:P,H:P,...  members to talk to, in order of preference
                                   (default 127.0.0.1:6379, or $KVCLI_ENDPOINTS)
          -w simple|table|json     form of the output; simple prints like redis-cli
          --consistency linearizable|stale
                                   stale reads what the member has, maybe old
          --timeout SECONDS        for one command with all retries (default 5)
          -x                       the last argument is what standard input holds
          --                       ends the options

        Exit status:
          0 ok              5 interrupted      9 outcome unknown: it may have happened
          1 error           6 input/output    10 no leader: not executed
          2 cannot connect  7 not found      128 bad usage
          3 invalid input   8 condition failed (SET with NX or XX)

        Commands are retried on the other endpoints until --timeout. Writes carry a
        token or a session's number, so that none takes effect twice.

        """
}
