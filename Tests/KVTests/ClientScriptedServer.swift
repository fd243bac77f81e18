// SPDX-License-Identifier: Apache-2.0

import Platform
import RESP

/// A server on loopback that answers as a test says, one connection at a time, on a thread of its
/// own.
final class ScriptedServer: Sendable {
    enum Answer: Sendable {
        /// These bytes.
        case reply(String)
        case close
        /// These bytes, then the end of the connection.
        case replyAndClose(String)
        case silence
    }

    let address: SocketAddress
    /// Opens when the server has closed its first connection.
    let firstClosed = Gate()
    private let seen = Locked([[String]]())
    private let sights = Locked([String: Gate]())
    private let isStopped = Locked(false)

    /// All commands that arrived, in order.
    var commands: [[String]] { seen.withLock { $0 } }

    /// Waits until a command of this name has arrived, now or before.
    func sees(_ name: String) async {
        let gate = Self.gate(name, sights)
        await withCheckedContinuation { continuation in
            gate.whenOpen { continuation.resume() }
        }
    }

    private static func gate(_ name: String, _ sights: Locked<[String: Gate]>) -> Gate {
        sights.withLock { sights in
            let gate = sights[name] ?? Gate()
            sights[name] = gate
            return gate
        }
    }

    init(_ script: @escaping @Sendable ([String]) -> Answer) throws(SystemError) {
        let listener = try TCP.listen(on: SocketAddress.loopback(port: 0))
        address = try TCP.localAddress(of: listener)
        let (seen, sights) = (seen, sights)
        let (isStopped, firstClosed) = (isStopped, firstClosed)
        Thread.spawn(name: "scripted") {
            while !isStopped.withLock({ $0 }) {
                _ = try? listener.wait(for: .read, timeoutMilliseconds: -1)
                guard let (fd, _) = try? TCP.accept(listener) else { continue }
                Self.serve(fd, script) { words in
                    seen.withLock { $0.append(words) }
                    Self.gate(words[0], sights).open()
                }
                fd.close()
                firstClosed.open()
            }
            listener.close()
        }
    }

    /// Ends the thread, once the client's connection is closed.
    func stop() {
        isStopped.withLock { $0 = true }
        (try? TCP.connect(to: address))?.close()
    }

    private static func serve(
        _ fd: FileDescriptor, _ script: ([String]) -> Answer, _ note: ([String]) -> Void
    ) {
        var parser = RequestParser()
        var buffer: [UInt8] = []
        while true {
            while case .command(let count, let consumed) = parser.parse(buffer.span) {
                let words = parser.withArguments(in: buffer.span) { arguments in
                    (0..<count).map { arguments.string(at: $0) }
                }
                buffer.removeFirst(consumed)
                note(words)
                switch script(words) {
                case .reply(let text): write(text, to: fd)
                case .replyAndClose(let text):
                    write(text, to: fd)
                    return
                case .close: return
                case .silence: break
                }
            }
            _ = try? fd.wait(for: .read, timeoutMilliseconds: -1)
            switch try? fd.read(appendingTo: &buffer) {
            case .bytes, .wouldBlock, .bufferFull: continue
            case .endOfFile, nil: return
            }
        }
    }

    private static func write(_ text: String, to fd: FileDescriptor) {
        var rest = Array(text.utf8)
        while !rest.isEmpty {
            switch try? fd.write(rest) {
            case .bytes(let count): rest.removeFirst(count)
            case .wouldBlock: _ = try? fd.wait(for: .write, timeoutMilliseconds: -1)
            case nil: return
            }
        }
    }
}
