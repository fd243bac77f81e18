// SPDX-License-Identifier: Apache-2.0

internal import RESP

// The session that writes are stamped with: opened when the first write comes, kept alive, opened anew when
// it has ended.
extension ClientCore {
    private var lifetime: UInt64 { options.sessionLifetime.nanoseconds }

    /// Gives numbers to writes for as many as the window has room; opens a session if there is none.
    mutating func stampWrites(at now: UInt64) {
        while let id = unstamped.first {
            guard calls[id] != nil else {
                unstamped.removeFirst()
                continue
            }
            switch session {
            case .opening: return
            case .none:
                session = .opening
                let seconds = (lifetime + 999_999_999) / 1_000_000_000
                return startOwnCall(
                    ["KV.SESSION", "NEW", "TTL", "\(seconds)"], .openSession, at: now)
            case .open(var window):
                guard let sequence = window.begin() else { return }
                session = .open(window)
                calls[id]?.stamp = .sequence(sequence, session: window.id)
                unstamped.removeFirst()
                queue.append(id)
            }
        }
    }

    mutating func finishSequence(_ sequence: Int64, of id: Int64) {
        guard case .open(var window) = session, window.id == id else { return }
        window.finish(sequence)
        session = .open(window)
    }

    /// What a write acknowledges: all that are finished, if it is of the session there is.
    func acknowledgement(of call: ClientCall) -> Int64 {
        guard case .open(let window) = session, case .sequence(_, window.id) = call.stamp else {
            return 0
        }
        return window.finishedThrough
    }

    /// Notes that the session was alive when a call was sent that has been answered.
    mutating func noteSessionUse(by call: ClientCall) {
        guard case .open(let window) = session, case .sequence(_, window.id) = call.stamp else {
            return
        }
        sessionUsedAt = max(sessionUsedAt, call.sentAt)
    }

    /// When the session has to be kept alive; nil if there is none, or it is being done.
    var keepAliveTime: UInt64? {
        guard case .open = session, !isKeepingAlive, !isClosing else { return nil }
        return sessionUsedAt + lifetime / 3
    }

    mutating func keepSessionAlive(at now: UInt64) {
        guard case .open(let window) = session, let due = keepAliveTime, due <= now else { return }
        isKeepingAlive = true
        startOwnCall(
            ["KV.SESSION", "KEEPALIVE", "\(window.id)"], .keepAlive(session: window.id), at: now)
    }

    /// The session has ended at the cluster.
    mutating func forgetSession(_ id: Int64) {
        guard case .open(let window) = session, window.id == id else { return }
        session = .none
    }

    /// A call of the client itself has ended.
    mutating func finishOwnCall(_ call: ClientCall, _ result: Result<Value, ClientError>) {
        switch call.purpose {
        case .caller: break
        case .openSession: finishOpening(call, result)
        case .keepAlive(let session):
            isKeepingAlive = false
            switch result {
            case .success: sessionUsedAt = max(sessionUsedAt, call.sentAt)
            case .failure(.server): forgetSession(session)
            // It lives on, or the next write will be told.
            case .failure: sessionUsedAt = max(sessionUsedAt, call.sentAt)
            }
        case .closeSession: endClosing()
        }
    }

    private mutating func finishOpening(
        _ call: ClientCall, _ result: Result<Value, ClientError>
    ) {
        session = .none
        switch result {
        case .success(.integer(let id)):
            session = .open(SessionWindow(id: id, window: options.window))
            sessionUsedAt = call.sentAt
        case .success(let value):
            failUnstamped(.server(message: "no session: \(value.text ?? "\(value)")"))
        case .failure(let error): failUnstamped(error)
        }
    }

    private mutating func failUnstamped(_ error: ClientError) {
        let waiting = unstamped.all
        unstamped.removeAll()
        for id in waiting { finish(id, .failure(error)) }
    }

    /// The servers do not know what stamps are, as one of Redis does not: writes go as they are.
    mutating func stopStamping() {
        canStamp = false
        session = .none
        let waiting = unstamped.all
        unstamped.removeAll()
        for id in waiting where calls[id] != nil {
            calls[id]?.needsStamp = false
            queue.append(id)
        }
    }
}
