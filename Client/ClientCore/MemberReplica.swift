// A member's copy of their board: the typed interface over the store, on which programs for people are built. Every
// call that writes is one transaction, durable when it returns.

package import Cryptography
package import RecordModel
package import Replication
internal import SyncProtocol

/// The reason a call on a member's copy failed. Nothing was written then.
package enum ClientError: Error, Equatable, Sendable {
  /// The copy belongs to no hub yet.
  case notJoined
  /// The hub revoked this device at the given time, and the copy was cleared.
  case revoked(Timestamp)
  /// The copy already belongs to a hub, at the given address.
  case alreadyJoined(url: String)
  case noSuchRecord(String)
  case noSuchKind(String)
  case noSuchField(String, kind: String)
  case noSuchSpace(String)
  /// The text is not a value of the field; `expected` describes a valid one in plain words.
  case badValue(field: String, expected: String)
  /// The field has no conflict.
  case nothingToSettle(field: String)
  /// The engine's rules refuse the change.
  case refused(RefusalReason, field: String)
  /// The member's role may not write this.
  case notAllowed(RefusalReason, rights: Rights)
  /// This program cannot parse the model that the hub gave this copy.
  case modelUnreadable(String)
}

/// A member's open copy.
package struct MemberReplica: Sendable {
  package let store: any ReplicaStore
  /// The wall clock, whose time is stored with changes and decides nothing.
  package let clock: @Sendable () -> Timestamp
  /// Returns the device's key. Called only for contact with a hub, because offline work needs no key.
  let key: @Sendable () throws -> SigningKey
  let models = ModelCache()

  /// - Parameters:
  ///   - key: The device's key, by which its hub identifies it.
  ///   - clock: The wall clock.
  package init(
    store: any ReplicaStore, key: @escaping @autoclosure @Sendable () throws -> SigningKey,
    clock: @escaping @Sendable () -> Timestamp
  ) {
    self.store = store
    self.key = key
    self.clock = clock
  }

  /// The note that holds half-written words.
  package static let draftNote = "draft"
  /// The note that holds the list last shown.
  package static let listNote = "list"

  // MARK: Membership and model

  /// The copy's member, and the hub it belongs to.
  ///
  /// - Throws: ``ClientError/notJoined``, ``ClientError/revoked(_:)``.
  package func membership() throws -> Membership {
    try store.read { try Self.membership(in: $0) }
  }

  static func membership(in reader: any StoreReader) throws -> Membership {
    if let time = try revocation(in: reader) { throw ClientError.revoked(time) }
    guard let membership = try Membership.load(from: reader) else { throw ClientError.notJoined }
    return membership
  }

  /// The time at which the hub revoked this device, once the copy is cleared and the hub has heard of it.
  private static func revocation(in reader: any StoreReader) throws -> Timestamp? {
    guard try Membership.load(from: reader) == nil || ControlOutbox.isEmpty(in: reader) else { return nil }
    return try Contact.revocation(in: reader)
  }

  /// Tests whether this cleared copy keeps sealed work until it is safe with the hub. Until then it goes on to visit.
  package func keepsSealedWork() throws -> Bool {
    try store.read { try Self.revocation(in: $0) != nil && Membership.load(from: $0) != nil }
  }

  /// The model that the hub gave this copy.
  ///
  /// - Throws: ``ClientError/notJoined`` before there is one; ``ClientError/modelUnreadable(_:)``.
  package func model() throws -> RecordModel {
    try store.read { try model(in: $0) }
  }

  /// The number of times a model was parsed: one, until the hub sends another model.
  package var modelParseCount: Int { models.parseCount }

  func model(in reader: any StoreReader) throws -> RecordModel {
    guard let text = try reader.value(of: ClientState.model) else { throw ClientError.notJoined }
    return try models.model(of: text)
  }

  // MARK: Joining

  /// Returns true if the hub revoked the device's present key and the copy was cleared. Only a new key can join then.
  package func hasRevokedKey() throws -> Bool {
    let revoked = try store.read { reader in
      try Membership.load(from: reader) == nil || Self.revocation(in: reader) != nil
        ? Contact.revocationKey(in: reader) : nil
    }
    guard let revoked else { return false }
    return try key().publicKey == revoked
  }

  /// Joins a hub with a one-time code, which makes this copy a member's. A copy that has joined before but is no longer
  /// known to its hub rejoins with the code. If only the hub's address has changed, the copy adopts it without
  /// redeeming the code.
  ///
  /// - Parameter place: The hub. Without root certificates of its own, those that this copy already trusts apply.
  /// - Throws: ``ClientError/alreadyJoined(url:)``, ``TransportError``, ``SyncProblem``, ``StoreError``.
  package func join(at place: HubEndpoint, code: String, over transport: any HubTransport) async throws -> Joined {
    let key = try key()
    if try keepsSealedWork() {
      // With a new key, this is a new device. Sealed work stays, and goes with it.
      try store.write { try Membership.forget(in: $0) }
    }
    let replica = try store.write { transaction in
      try DeviceKey.adopt(key.publicKey, in: transaction)
      return try ReplicaIdentity.established(in: transaction)
    }
    let existing = try store.read { try Membership.load(from: $0) }
    let place = HubEndpoint(place.url, trustRoots: place.trustRoots ?? existing?.place.trustRoots)
    if let existing, try await isKnown(existing, by: key, as: replica, at: place, over: transport) {
      guard place != existing.place else { throw ClientError.alreadyJoined(url: place.url) }
      return try store.write { transaction in
        try existing.at(place).save(in: transaction)
        return Joined(
          memberName: existing.name, replica: replica, fingerprint: key.publicKey.fingerprint,
          spaces: try transaction.spaces().map { ($0.id, $0.name) })
      }
    }
    let reply = try await transport.join(at: place, code: code, key: key)
    if let existing {
      let keys = try store.read { try Contact.keys(in: $0) }
      guard existing.hub == reply.hub, keys == reply.keys else {
        throw SyncProblem.session(.wrongHub(reply.hub))
      }
      guard existing.member == reply.member else { throw ClientError.alreadyJoined(url: existing.place.url) }
    }
    try adopt(reply, existing, at: place)
    return Joined(
      memberName: reply.memberName, replica: replica, fingerprint: key.publicKey.fingerprint, spaces: reply.spaces)
  }

  /// Makes this copy a member's of a hub that has enrolled its key already. A copy that has joined keeps what it has, and
  /// learns the address.
  ///
  /// - Throws: ``ClientError/modelUnreadable(_:)``, ``SyncProblem`` for a copy of another hub, ``StoreError``.
  package func adopt(_ reply: JoinReply, at place: HubEndpoint) throws {
    let key = try key()
    try store.write { transaction in
      try DeviceKey.adopt(key.publicKey, in: transaction)
      _ = try ReplicaIdentity.established(in: transaction)
    }
    let (existing, keys) = try store.read { (try Membership.load(from: $0), try Contact.keys(in: $0)) }
    if let existing, existing.hub != reply.hub || keys != reply.keys {
      throw SyncProblem.session(.wrongHub(reply.hub))
    }
    try adopt(reply, existing, at: place)
  }

  private func adopt(_ reply: JoinReply, _ existing: Membership?, at place: HubEndpoint) throws {
    _ = try models.model(of: Array(reply.model.utf8))
    try store.write { transaction in
      // Of a copy that has joined before, a reply that nobody signed changes the address alone. Anything else comes with
      // the hub's next answer.
      let membership =
        existing?.at(place)
        ?? Membership(member: reply.member, name: reply.memberName, role: reply.role, place: place, hub: reply.hub)
      try membership.save(in: transaction)
      try Contact.pin(reply.keys, in: transaction)
      try Contact.setRevocation(nil, in: transaction)
      if existing == nil { try transaction.set(ClientState.model, to: Array(reply.model.utf8)) }
      for space in existing == nil ? reply.spaces : [] where try transaction.space(space.id) == nil {
        try transaction.put(Space(id: space.id, name: space.name))
      }
    }
  }

  /// Asks the hub at an address whether it knows this device. Sends no changes and applies none.
  ///
  /// - Throws: ``ClientError/alreadyJoined(url:)`` if nothing there can tell; ``SyncProblem`` if it is another hub.
  private func isKnown(
    _ membership: Membership, by key: SigningKey, as replica: ReplicaID, at place: HubEndpoint,
    over transport: any HubTransport
  ) async throws -> Bool {
    var session = SyncSession(modelVersion: try model().version, hub: membership.hub)
    let question = Message.encode(session.request([], as: replica).madeUnique)
    do {
      // Without a ticket, for that would have a hub answer that has forgotten this device.
      let answer = try await transport.sync(at: place, key: key, showing: nil, request: question)
      let proved = try store.read {
        try SignedAnswer.messages(in: answer, of: membership.hub, to: question, from: key.publicKey, $0)
      }
      let steps = try session.receive(proved)
      if steps.contains(where: { if case .notice(.revoke) = $0 { true } else { false } }) {
        throw TransportError.revoked
      }
      return true
    } catch let error as TransportError {
      switch error {
      case .notKnown: return false
      case .revoked, .notProved, .rejected: throw error
      case .unreachable, .silent, .cut, .notAllowed, .busy, .hubFailed, .notAHub:
        throw ClientError.alreadyJoined(url: membership.place.url)
      }
    } catch let failure as SyncFailure {
      throw SyncProblem.session(failure)
    } catch {
      throw ClientError.alreadyJoined(url: membership.place.url)
    }
  }

  // MARK: Writing

  /// Creates a record.
  ///
  /// - Parameters:
  ///   - space: The space's name; `nil` lets the model choose among this copy's spaces.
  ///   - note: The name of the note that becomes this record. It is removed in the same transaction, so that a crash
  ///     neither loses its words nor doubles them.
  /// - Returns: A receipt, once the record is durable.
  package func add(
    kind: String, _ inputs: [FieldInput], space: String?, inPlaceOf note: String? = nil
  ) throws -> Receipt {
    try commit { model, transaction in
      if let note { try ClientState.notes.set(note, to: nil, in: transaction) }
      guard let description = model.kinds[kind] else { throw ClientError.noSuchKind(kind) }
      let home = try Self.space(named: space, for: description, in: transaction)
      let record = RecordID.make(at: clock())
      let drafts = try inputs.flatMap { try $0.drafts(for: record, kind: kind, model: model, current: nil) }
      return (RecordKey(home.id, record), [.create(record, kind: kind)] + drafts)
    }
  }

  /// Writes fields of a record, as one change.
  package func set(_ id: String, _ inputs: [FieldInput]) throws -> Receipt {
    try commit { model, transaction in
      let (key, state) = try Self.find(id, in: transaction)
      let drafts = try inputs.flatMap {
        try $0.drafts(for: key.record, kind: state.kind, model: model, current: state)
      }
      return (key, drafts)
    }
  }

  /// Deletes a record, if its kind's delete policy allows.
  package func remove(_ id: String) throws -> Receipt {
    try commit { _, transaction in
      let (key, _) = try Self.find(id, in: transaction)
      return (key, [.delete(key.record)])
    }
  }

  /// Restores a deleted or disputed record.
  package func restore(_ id: String) throws -> Receipt {
    try commit { _, transaction in
      let (key, _) = try Self.find(id, in: transaction)
      return (key, [.restore(key.record)])
    }
  }

  /// Settles a conflict with a change that supersedes every rival.
  ///
  /// - Parameters:
  ///   - field: The field or group as `conflicts` names it; `removed` for a disputed record.
  ///   - text: The value, as for `set`. For a group, the first field of one of the rivals, or a JSON map.
  ///   - inputs: Fields to write in the same change, such as another field of the group.
  /// - Throws: ``ClientError/nothingToSettle(field:)`` if there is no such conflict.
  package func settle(_ id: String, field: String, _ text: String, _ inputs: [FieldInput] = []) throws -> Receipt {
    try commit { model, transaction in
      let (key, state) = try Self.find(id, in: transaction)
      let register = model.rules.kinds[state.kind]?.register(of: field) ?? field
      guard let conflict = state.conflicts(by: model.rules).first(where: { $0.field == register }) else {
        throw ClientError.nothingToSettle(field: field)
      }
      let settling = try conflict.drafts(
        settling: key.record, field: field, text: text, kind: state.kind, model: model, current: state)
      let others = try inputs.flatMap {
        try $0.drafts(for: key.record, kind: state.kind, model: model, current: state)
      }
      return (key, settling + others)
    }
  }

  /// Settles a conflict with a value, usually one of the rivals.
  package func settle(_ key: RecordKey, field: String, with value: Value) throws -> Receipt {
    try commit { _, _ in
      if field == Conflict.removedField {
        return (key, value == .bool(true) ? [.restore(key.record), .delete(key.record)] : [.restore(key.record)])
      }
      return (key, [.set(key.record, field: field, value)])
    }
  }

  /// Composes drafts and commits them, in one transaction.
  private func commit(
    _ compose: (RecordModel, any StoreTransaction) throws -> (RecordKey, [Draft])
  ) throws -> Receipt {
    do {
      return try store.write { transaction in
        guard let membership = try Membership.load(from: transaction) else { throw ClientError.notJoined }
        let model = try model(in: transaction)
        let (key, drafts) = try compose(model, transaction)
        let change = try Replica(rules: model.rules, in: transaction).commit(
          drafts, in: key.space, by: membership.member, as: membership.role, at: clock(),
          isHome: false)
        let dot = try change?.dot ?? Self.lastDot(of: key, in: transaction)
        return Receipt(id: key.record, space: try transaction.space(key.space)?.name ?? "", dot: dot)
      }
    } catch InputError.noSuchField(let field, let kind) {
      throw ClientError.noSuchField(field, kind: kind)
    } catch InputError.badValue(let field, let expected) {
      throw ClientError.badValue(field: field, expected: expected)
    } catch CommitError.refused(let reason, let field) {
      throw ClientError.refused(reason, field: field)
    } catch CommitError.notAllowed(let refusal) {
      throw ClientError.notAllowed(refusal.reason, rights: try model().rights(behind: refusal))
    } catch CommitError.nulCharacter {
      throw ClientError.badValue(field: "", expected: "text without the NUL character")
    }
  }

  /// The dot of a record's last row, for the receipt of a commit that changed nothing.
  private static func lastDot(of key: RecordKey, in reader: any StoreReader) throws -> Dot {
    guard let row = try reader.rows(touching: key).last else {
      throw ClientError.noSuchRecord(key.record.description)
    }
    return row.entry.dot
  }

  static func find(_ id: String, in reader: any StoreReader) throws -> (RecordKey, RecordState) {
    guard let record = RecordID(id), let found = try Self.record(record, in: reader) else {
      throw ClientError.noSuchRecord(id)
    }
    return found
  }

  /// Reads a record from the first space that holds it.
  static func record(_ id: RecordID, in reader: any StoreReader) throws -> (key: RecordKey, state: RecordState)? {
    for space in try reader.spaces(holding: id) {
      let key = RecordKey(space, id)
      if let state = try reader.record(key) { return (key, state) }
    }
    return nil
  }

  private static func space(
    named name: String?, for kind: KindDescription, in reader: any StoreReader
  ) throws -> Space {
    let spaces = try reader.spaces()
    if let name {
      let fits = spaces.first { $0.name == name || $0.id.description == name }
      // A member's own space may be called by its name in the model, as in an invitation.
      guard let space = fits ?? spaces.first(where: { $0.name.hasPrefix(name + ":") }) else {
        throw ClientError.noSuchSpace(name)
      }
      return space
    }
    for preferred in kind.spaces {
      if let space = spaces.first(where: { $0.name == preferred || $0.name.hasPrefix(preferred + ":") }) {
        return space
      }
    }
    throw ClientError.noSuchSpace(kind.spaces.first ?? "")
  }
}

/// The receipt of a write.
package struct Receipt: Equatable, Sendable {
  package let id: RecordID
  /// The space's name.
  package let space: String
  package let dot: Dot
}

/// The result of joining.
package struct Joined: Sendable {
  package let memberName: String
  package let replica: ReplicaID
  /// The fingerprint of the device's key, for two people to compare.
  package let fingerprint: String
  package let spaces: [(id: SpaceID, name: String)]
}
