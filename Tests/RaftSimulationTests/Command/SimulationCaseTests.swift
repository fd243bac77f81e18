// SPDX-License-Identifier: Apache-2.0

import Raft
import Testing

@testable import RaftSimulation

@Suite struct SimulationCaseTests {
    private static func simulation(_ seed: UInt64) -> Simulation<Registers> {
        Simulation(seed: seed, environment: (), workload: Registers.workload)
    }

    private func error(_ text: String) -> String {
        do throws(JSONError) {
            return "\(try SimulationCase(json: Array(text.utf8)).seed) was read"
        } catch {
            return error.description
        }
    }

    @Test func `a case is read back as it was written, whatever world it is of`() throws {
        for seed in UInt64(1)...60 {
            var stored = Self.simulation(seed).stored
            stored.omittedCalls = [
                ClientCall(client: 0, number: 3), ClientCall(client: 2, number: 0),
                ClientCall(client: 2, number: 1),
            ]
            stored.note = "What it found."
            stored.property = "a property"
            let read = try SimulationCase(json: Array(stored.jsonText.utf8))
            #expect(read.seed == stored.seed)
            #expect("\(read.profile)" == "\(stored.profile)")
            #expect(read.schedule == stored.schedule)
            #expect(read.omittedCalls == stored.omittedCalls)
            #expect(read.note == stored.note && read.property == stored.property)
        }
    }

    @Test func `a case runs as its seed does`() throws {
        var original = Self.simulation(11)
        original.profile.duration = .seconds(2)
        let stored = try SimulationCase(json: Array(original.stored.jsonText.utf8))
        let copy = Simulation<Registers>(stored, environment: (), workload: Registers.workload)
        #expect(copy.run().traceHash == original.run().traceHash)
    }

    @Test func `every kind of fault that is drawn can be stored, and so can every crash`() throws {
        var faults = FaultProfile()
        faults.rates = FaultProfile.Kind.allCases.map { .init($0, perTenSeconds: 100) }
        let members = (1...5).compactMap { MemberID($0) }
        var schedule = faults.schedule(
            members: members, duration: .seconds(20), random: SplitMix64(seed: 1))
        for policy in CrashPolicy.all {
            schedule.append(
                DatedFault(at: .seconds(1), .crash(.leader, .powerCut(policy), downFor: nil)))
        }
        for operation in SimulatedDisk.Operation.allCases {
            schedule.append(
                DatedFault(
                    at: .seconds(1), .failDisk(.leader, operation, .other(9), downFor: .seconds(1)))
            )
        }
        #expect(Set(schedule.map(\.fault.kind)).count == FaultKind.allCases.count)
        for fault in schedule { #expect(try DatedFault(json: fault.json) == fault) }
    }

    @Test func `no field of a profile is forgotten`() {
        let known = ProfileField.all.map(\.name)
        #expect(Set(known).count == known.count)
        var found: [String] = []
        func walk(_ value: Any, _ path: String) {
            if known.contains(path) { return found.append(path) }
            let children = Mirror(reflecting: value).children
            #expect(!children.isEmpty, "\(path) is not among the fields that cases store")
            for child in children {
                walk(child.value, path.isEmpty ? child.label ?? "" : "\(path).\(child.label ?? "")")
            }
        }
        walk(SimulationProfile(), "")
        #expect(found.sorted() == known.sorted())
    }

    @Test func `every field stands for itself`() throws {
        let ordinary = SimulationProfile()
        for field in ProfileField.all {
            let others = Self.values.compactMap { value -> SimulationProfile? in
                var profile = ordinary
                try? field.set(value, &profile)
                return profile.fieldsOfItsOwn.isEmpty ? nil : profile
            }
            let changed = try #require(others.first, "no other value for \(field.name)")
            #expect(changed.fieldsOfItsOwn.map(\.name) == [field.name])
            let labels = field.name.split(separator: ".").map(String.init)
            let value = labels.reduce(changed as Any) { value, label in
                Mirror(reflecting: value).children.first { $0.label == label }?.value ?? value
            }
            #expect((value as? any JSONConvertible)?.json == field.json(changed))
        }
    }

    /// Values of every type that fields have, two where one may be the ordinary one.
    private static var values: [JSON] {
        [
            true.json, false.json, 5.json, 6.json, "3ms".json, ["3ms", "4ms"].json,
            [FaultProfile.Rate(.kill, perTenSeconds: 1)].json,
            Delay(.milliseconds(3), .milliseconds(4)).json,
        ] + FaultBudget.named.map(\.json)
    }

    @Test func `what is unknown or missing in a case is an error with its place`() {
        let head = "{\"format\": 1, \"seed\": 1, \"schedule\": [], \"profile\": {"
        #expect(error(head + "}}") == "1 was read")
        #expect(
            error(head + "\n\"memebers\": 3}}") == "line 2, column 1: \"memebers\" is unknown here")
        #expect(error(head + "\n \"members\": 0}}").hasSuffix("0 members, not 1 to 9"))
        #expect(error(head + "}, \"extra\": 1}").hasSuffix("\"extra\" is unknown here"))
        #expect(error("{\"format\": 1, \"seed\": 1}").hasSuffix("\"profile\" is missing"))
        #expect(error("{\"format\": 2}") == "format 2, not 1")
        #expect(
            error(head + "\"network.delay\": {\"shortest\": \"2s\", \"longest\": \"1s\"}}}")
                .hasSuffix("2s is longer than 1s"))
        let fault = "{\"format\": 1, \"seed\": 1, \"profile\": {}, \"schedule\": [\n"
        #expect(
            error(fault + "{\"at\": \"1s\", \"fault\": \"pause\", \"target\": \"boss\"}]}")
                == "line 2, column 42: \"boss\" is neither \"leader\" nor a member's number")
        #expect(
            error(fault + "{\"at\": \"1s\", \"fault\": \"paws\"}]}")
                .hasPrefix("line 2, column 23: \"paws\" is none of crash, "))
    }
}
