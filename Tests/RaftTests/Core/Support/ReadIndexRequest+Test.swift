// SPDX-License-Identifier: Apache-2.0

// The core never asks this question itself: its host does, and here the host is a test.
import Raft

func readIndexRequest(term: Term, id: UInt64) -> Message {
    .readIndexRequest(ReadIndexRequest(term: term, id: id))
}
