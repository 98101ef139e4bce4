// What devices and hubs say to each other. A request and a response are each a CBOR sequence (RFC 8742) of messages;
// a message is the array [type, map]. Docs/wire.md specifies every key; the golden files hold every released byte.

package import Cryptography
package import Replication

/// The version of the messages and operations both sides must share.
package let protocolVersion: UInt64 = 1

/// Device to hub, first in every request: who I am and how far I have read.
package struct Hello: Equatable, Sendable {
  package let protocolVersion: UInt64
  package let replica: ReplicaID
  package let modelVersion: UInt64
  /// The hub this copy belongs to; `nil` before the first contact.
  package let hub: HubID?
  /// The hub's epoch at the last contact: what this copy holds for acknowledged was acknowledged in it.
  package let epoch: EpochID?
  package let spaces: [SpaceRequest]
  /// How many changes wait on this device, those of this request among them: for the hub's administrators to know what
  /// would be held up by an act of theirs.
  package let unsent: UInt64?
  /// The role this device thinks its member has.
  package let role: String?
  /// The held work (``Notice/held(_:_:)``) that this device has been told of and not yet told is settled.
  package let knownProposals: [RecordID]

  package init(
    protocolVersion: UInt64 = SyncProtocol.protocolVersion, replica: ReplicaID, modelVersion: UInt64, hub: HubID?,
    epoch: EpochID? = nil, spaces: [SpaceRequest], unsent: UInt64? = nil, role: String? = nil,
    knownProposals: [RecordID] = []
  ) {
    self.protocolVersion = protocolVersion
    self.replica = replica
    self.modelVersion = modelVersion
    self.hub = hub
    self.epoch = epoch
    self.spaces = spaces
    self.unsent = unsent
    self.role = role
    self.knownProposals = knownProposals
  }
}

/// How far a device has read one space: its cursor, where it has one, and its version vector, where it has lost its
/// place and rows it holds need not come again. At least one of them.
package struct SpaceRequest: Equatable, Sendable {
  package let space: SpaceID
  package let cursor: Cursor?
  package let vector: [ChainHeight]?

  package init(space: SpaceID, cursor: Cursor?, vector: [ChainHeight]?) {
    self.space = space
    self.cursor = cursor
    self.vector = vector
  }
}

/// One line of a version vector on the wire: how far one replica's chain is held, and the digest of that header, so
/// that two copies that hold different changes under one dot notice.
package struct ChainHeight: Equatable, Sendable {
  package let replica: ReplicaID
  package let sequence: UInt64
  package let digest: Digest

  package init(replica: ReplicaID, sequence: UInt64, digest: Digest) {
    self.replica = replica
    self.sequence = sequence
    self.digest = digest
  }

  /// A vector's lines, in the order of replicas.
  package static func lines(_ tips: [ReplicaID: Tip]) -> [ChainHeight] {
    tips.map { ChainHeight(replica: $0, sequence: $1.sequence, digest: $1.digest) }
      .sorted { $0.replica < $1.replica }
  }
}

/// A log entry in transit: the bytes, not yet read. The receiver decodes, for only it knows what to do with rubbish.
package struct RawEntry: Equatable, Sendable {
  package let headerBytes: [UInt8]
  package let content: Content

  package enum Content: Equatable, Sendable {
    case body([UInt8])
    /// With the hub's signature, where there is one (``VoidEntry/signature``).
    case void(RefusalReason, signature: [UInt8]? = nil)
    /// What is left of a body whose words were erased, as ``RedactedChange/rest``.
    case redactedBody([UInt8])
  }

  package init(headerBytes: [UInt8], content: Content) {
    self.headerBytes = headerBytes
    self.content = content
  }

  package init(_ entry: LogEntry) {
    headerBytes = entry.headerBytes
    switch entry {
    case .change(let change): content = .body(change.bodyBytes)
    case .void(let void): content = .void(void.reason, signature: void.signature)
    case .redacted(let erased): content = .redactedBody(erased.redactedBody)
    }
  }

  /// - Throws: ``Change/DecodingError``.
  package func decoded() throws(Change.DecodingError) -> LogEntry {
    switch content {
    case .body(let body): return .change(try Change(headerBytes: headerBytes, bodyBytes: body))
    case .redactedBody(let rest): return .redacted(try RedactedChange(headerBytes: headerBytes, redactedBody: rest))
    case .void(let reason, let signature):
      do throws(CBORError) {
        return .void(try VoidEntry(headerBytes: headerBytes, reason: reason, signature: signature))
      } catch { throw .header(error) }
    }
  }
}

/// Hub to device, first in every response.
package struct Welcome: Equatable, Sendable {
  package let protocolVersion: UInt64
  package let hub: HubID
  package let epoch: EpochID
  /// The hub's clock, for "the Centre got them at".
  package let time: Timestamp
  package let modelVersion: UInt64
  /// What rescues are sealed with.
  package let sealing: SealingPublicKey?

  package init(
    protocolVersion: UInt64 = SyncProtocol.protocolVersion, hub: HubID, epoch: EpochID, time: Timestamp,
    modelVersion: UInt64, sealing: SealingPublicKey? = nil
  ) {
    self.protocolVersion = protocolVersion
    self.hub = hub
    self.epoch = epoch
    self.time = time
    self.modelVersion = modelVersion
    self.sealing = sealing
  }
}

/// What the hub says of one offered change. Only this moves anything out of an outbox.
package struct Verdict: Equatable, Sendable {
  package enum Outcome: Equatable, Sendable {
    case accepted
    case alreadyHad
    /// The hub lacks these dots and stored nothing; they are to be offered first.
    case missing([Dot])
    /// The hub holds another change at this sequence of the replica. Below the offered one, the difference began
    /// there or earlier: offer that one to learn more.
    case forked(at: UInt64)
    /// Final. The dot is a void from now on, with the hub's signature.
    case refused(RefusalReason, signature: [UInt8]? = nil)
    /// The hub cannot judge yet; offer it again another time.
    case later
  }

  package let space: SpaceID
  package let dot: Dot
  package let outcome: Outcome

  package init(space: SpaceID, dot: Dot, outcome: Outcome) {
    self.space = space
    self.dot = dot
    self.outcome = outcome
  }
}

/// Told to a device on a channel it may always read.
package enum Notice: Equatable, Sendable {
  /// The device may now read a space.
  case enter(SpaceID, name: String)
  /// The member has left a space: its records go from the device, and what was not sent goes sealed to the hub.
  case leave(SpaceID)
  /// The member has another role than the device thinks.
  case restrict(role: String)
  /// Work of the member's came sealed from a computer of theirs that was taken off: they are asked whether it is to go
  /// where it was meant to.
  case proposal(RecordID, SealedChange)
  /// Held work is decided about; nobody is asked any more.
  case proposalClosed(RecordID)
  /// The device was taken off, then: everything goes from it, and what was not sent goes sealed to the hub.
  case revoke(Timestamp)
  /// A newer model, as its file's text.
  case schema(version: UInt64, text: String)
}

/// A run of one hub's log of one space: everything in (from, to], but for rows within the asker's vector.
package struct Page: Equatable, Sendable {
  package struct Row: Equatable, Sendable {
    package let position: UInt64
    package let entry: RawEntry

    package init(position: UInt64, entry: RawEntry) {
      self.position = position
      self.entry = entry
    }
  }

  package let space: SpaceID
  package let epoch: EpochID
  package let from: UInt64
  package let to: UInt64
  /// The hub's last position; there is more to fetch while `to` is below it.
  package let lastPosition: UInt64
  /// The header digest of the row at `to`; `nil` where `to` is 0.
  package let digest: Digest?
  package let rows: [Row]
  /// Of every chain in `rows`: the hub's own head at its last row here, and its authors' up to there.
  package let heads: [SignedHead]

  package init(
    space: SpaceID, epoch: EpochID, from: UInt64, to: UInt64, lastPosition: UInt64, digest: Digest?, rows: [Row],
    heads: [SignedHead] = []
  ) {
    self.space = space
    self.epoch = epoch
    self.from = from
    self.to = to
    self.lastPosition = lastPosition
    self.digest = digest
    self.rows = rows
    self.heads = heads
  }
}

/// One message of either direction.
package enum Message: Equatable, Sendable {
  case hello(Hello)
  case offer(RawEntry)
  /// Who stands for what is offered.
  case head(SignedHead)
  /// A header that leads from an offered change to a head, of a change that is not offered now.
  case connectingHeader([UInt8])
  /// A sealed ``Rescue``.
  case sealedChange([UInt8])
  /// The member's yes or no to held work.
  case proposalAnswer(RecordID, Bool)
  /// What this device has cleared away as it was told: spaces, or all there was.
  case cleared(Clearing)
  case welcome(Welcome)
  case verdict(Verdict)
  case notice(Notice)
  case page(Page)
  /// The cursor means nothing here. The hub's own heights, so that the device can push what the hub lacks.
  case cursorUnknown(SpaceID, [ChainHeight])
  /// The hub holds the rescue with this digest, durably.
  case sealedChangeStored(Digest)
  /// The last message of a response: without it the response was cut and counts for nothing.
  case end
}

/// What a device no longer holds in any of its files.
package enum Clearing: Equatable, Sendable {
  case spaces([SpaceID])
  /// After ``Notice/revoke(_:)``.
  case everything
}
