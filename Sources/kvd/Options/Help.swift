// SPDX-License-Identifier: Apache-2.0

/// The text of `kvd --help`.
enum Help {
    static let text = """
        kvd \(KVD.version) – a strongly consistent key-value store, spoken to with any Redis client

        kvd local-cluster [--nodes 3] [--data-dir .kvd] [--client-port 6379] [--peer-port 7379]
            Runs a whole cluster on this machine, to try things out; Ctrl-C ends it.
            Node i uses port + i - 1. The data is kept for the next run.

        kvd --id N --data-dir DIR --initial-cluster ID=HOST:PORT,… [options]
            Runs one member of a cluster.

          --id N                     the number of this member, 1 … 65535
          --data-dir DIR             where it keeps its data; created if missing
          --initial-cluster LIST     all members with their peer addresses: 1=a:7379,2=b:7379,3=c:7379
                                     (counts only until there is data)
          --peer-address HOST:PORT   where it listens for members (default: its entry in the list)
          --client-address HOST:PORT where it listens for clients (default: 127.0.0.1:6379)
          --max-clients N            how many clients it serves at a time (default: 10000)
          --clock-jump-limit DAYS    how far wall clocks may set the time ahead of the data's when the
                                     whole cluster is started (default: 7)
          --config FILE              a file with lines "name = value", # for comments
          --log-level LEVEL          debug, info, warning or error (default: info)
          --log-format FORMAT        text or json (default: text), to standard error
          --version, --help

        Each option can also be given in the environment, as KVD_CLIENT_ADDRESS, and in the file, as
        client-address = …; a flag counts before the environment, that before the file.
        Port 0 picks a free port. When the member is ready it says so on standard output.

        Exit codes: 0 ok · 1 failure (a port that is taken, too) · 2 bad configuration
        3 data directory unusable: locked, damaged, or another member's or cluster's

        """
}
