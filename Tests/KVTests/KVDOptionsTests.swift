// SPDX-License-Identifier: Apache-2.0

import Platform
import Raft
import Testing

@testable import kvd

@Suite struct `kvd's options` {
    private let minimal = ["--id", "1", "--data-dir", "d", "--initial-cluster", "1=127.0.0.1:7379"]

    private func options(
        _ flags: [String], _ environment: [String: String] = [:]
    ) throws -> ServerOptions {
        guard case .serve(let options) = try Invocation(flags, environment: environment) else {
            throw OptionsError("not a server")
        }
        return options
    }

    /// What is wrong, as the user reads it.
    private func problem(_ flags: [String], _ environment: [String: String] = [:]) -> String? {
        do throws(OptionsError) {
            _ = try Invocation(flags, environment: environment)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `defaults are those of the documentation`() throws {
        let options = try options(minimal)
        #expect(options.clientAddress.description == "127.0.0.1:6379")
        #expect(options.peerAddress.description == "127.0.0.1:7379")
        #expect(options.maximumClients == 10_000)
        #expect(options.logLevel == .info)
        #expect(options.logFormat == .text)
    }

    @Test func `members listen at their entry in the list unless told otherwise`() throws {
        let flags = [
            "--id=2", "--data-dir=d", "--initial-cluster=1=127.0.0.1:1,2=127.0.0.1:2",
        ]
        #expect(try options(flags).peerAddress.port == 2)
        #expect(try options(flags + ["--peer-address", "127.0.0.1:9"]).peerAddress.port == 9)
        #expect(try options(flags).initialMembers.map(\.address) == ["127.0.0.1:1", "127.0.0.1:2"])
    }

    @Test func `a flag counts before the environment, that before the file`() throws {
        var settings = try Settings(flags: ["--id", "1"], names: ServerOptions.names)
        try settings.add(
            environment: ["KVD_ID": "2", "KVD_DATA_DIR": "e"], names: ServerOptions.names)
        try settings.add(
            file: "# a comment\n\nid = 3\n data-dir=f \nlog-level = debug\n", path: "c",
            names: ServerOptions.names)
        #expect(settings["id"] == Setting(value: "1", source: .flag("id")))
        #expect(
            settings["data-dir"] == Setting(value: "e", source: .environment("KVD_DATA_DIR")))
        #expect(
            settings["log-level"]
                == Setting(value: "debug", source: .file("c", line: 5, name: "log-level")))
    }

    @Test(arguments: [
        (["--bogus"], "unknown flag --bogus"), (["--bogus=1"], "unknown flag --bogus"),
        (["run"], "unknown command \"run\""), (["--id"], "--id has no value"),
        (["--id", "1", "--id", "2"], "--id is given twice"),
        (["--id", "1", "x"], "argument \"x\""),
        ([], "--id is missing"), (["--id", "0"], "--id: \"0\" is not a number from 1 to 65535"),
        (["--id", "x"], "--id: \"x\" is not a number"),
        (["--id", "1"], "--data-dir is missing"),
        (["--id", "1", "--data-dir", ""], "--data-dir: the value is empty"),
        (["--id", "1", "--data-dir", "d"], "--initial-cluster is missing"),
        (["local-cluster", "--nodes", "0"], "--nodes: \"0\" is not a number from 1 to 9"),
        (["local-cluster", "--client-port", "65535"], "--client-port: \"65535\""),
        (["local-cluster", "--peer-port", "6380"], "too close"),
        (["local-cluster", "--id", "1"], "unknown flag --id"),
    ]) func `what is wrong is named`(flags: [String], problem: String) {
        #expect(self.problem(flags)?.contains(problem) == true)
    }

    @Test(arguments: [
        ("2=127.0.0.1:1", "member 1, which this is, is not among"),
        ("1=127.0.0.1:1,", "\"\" is not of the form ID=HOST:PORT"),
        ("1=127.0.0.1", "\"127.0.0.1\" is not of the form HOST:PORT"),
        ("1=127.0.0.1:99999", "is not of the form HOST:PORT"),
        ("x=127.0.0.1:1", "\"x=127.0.0.1:1\""),
        ("1=a:1,1=b:1", "member 1 is listed twice"),
        ("1=a:1,2=a:1", "two members have the address"),
        ((1...10).map { "\($0)=a:\($0)" }.joined(separator: ","), "more than nine"),
    ]) func `a bad list of members is refused`(list: String, problem: String) {
        let message = self.problem(["--id", "1", "--data-dir", "d", "--initial-cluster", list])
        #expect(message?.hasPrefix("--initial-cluster: ") == true)
        #expect(message?.contains(problem) == true)
    }

    @Test func `a bad value says where it stands`() throws {
        #expect(
            problem(minimal + ["--log-level", "loud"])
                == "--log-level: \"loud\" is none of debug, info, warning, error")
        #expect(
            problem(minimal, ["KVD_CLIENT_ADDRESS": "nowhere"])?
                .hasPrefix("environment variable KVD_CLIENT_ADDRESS: ") == true)
        var settings = try Settings(flags: minimal, names: ServerOptions.names)
        try settings.add(
            file: "max-clients = 0", path: "kvd.conf", names: ServerOptions.names)
        #expect(
            throws: OptionsError(
                "max-clients in kvd.conf:1: \"0\" is not a number from 1 to 1000000")
        ) { try ServerOptions(settings) }
    }

    @Test(arguments: [
        ("nonsense", "c:1: \"nonsense\" is not of the form name = value"),
        ("\nbogus = 1", "c:2: unknown key \"bogus\""),
        ("id = 1\nid = 2", "c:2: id is given twice, first in line 1"),
    ]) func `a bad line of the file is named`(text: String, problem: String) throws {
        var settings = try Settings(flags: [], names: ServerOptions.names)
        #expect(throws: OptionsError(problem)) {
            try settings.add(file: text, path: "c", names: ServerOptions.names)
        }
    }

    @Test func `unknown variables are refused, but for those Kubernetes makes up`() {
        #expect(problem(minimal, ["KVD_BOGUS": "1"])?.contains("KVD_BOGUS") == true)
        let service = ["KVD_PORT": "tcp://1", "KVD_SERVICE_HOST": "h", "KVD_PORT_6379_TCP": "x"]
        #expect(problem(minimal, service) == nil)
        #expect(problem(minimal, [Settings.lifelineVariable: "3", "PATH": "/bin"]) == nil)
    }

    @Test func `help and version come before anything that is wrong`() throws {
        #expect(try Invocation(["--bogus", "--version"], environment: [:]) == .version)
        guard case .help(let text) = try Invocation(["--help", "-x"], environment: [:]) else {
            Issue.record("no help")
            return
        }
        for name in ServerOptions.names + LocalClusterOptions.names {
            #expect(text.contains("--\(name) "))
        }
    }

    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_700_000_000_123, "2023-11-14T22:13:20.123Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ] as [(Int64, String)]) func `a point in time in a log`(milliseconds: Int64, text: String)
    {
        #expect(Timestamp(milliseconds: milliseconds).description == text)
    }

    @Test func `text in a log of JSON is escaped`() {
        #expect(JSONText.quoted("a\"b\\c\n\u{1}é") == "\"a\\\"b\\\\c\\n\\u0001é\"")
    }

    @Test func `a table has columns`() {
        #expect(
            TextTable.lines([["a", "bbb", ""], ["cc", "d", "e"]]) == ["  a   bbb", "  cc  d    e"])
    }
}
