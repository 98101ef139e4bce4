// News from the hub to a device, sent outside the spaces' logs.
//
//   notice: map { 1: "enter", 2: space, 3: label }         map { 1: "held", 6: id, 7: encoded sealed change }
//           map { 1: "leave", 2: space }                   map { 1: "settled", 6: id }
//           map { 1: "restrict", 3: role }                 map { 1: "revoke", 5: time in ms }
//           map { 1: "schema", 3: model text, 4: version } map { 1: "forgotten" }
//           map { 1: "restoring" }                         map { 1: "allowance", 2: space?, 3: name, 5: time?, 8: used, 9: most }

package import Replication

/// News from the hub to a device, outside the log of any space.
package enum Notice: Equatable, Sendable {
  /// The device may now read a space.
  case enter(SpaceID, name: String)
  /// The member has left a space: the device removes its records and sends its unsent work, sealed, to the hub.
  case leave(SpaceID)
  /// The member's role, which is not the one the device reported.
  case restrict(role: String)
  /// Unsent work from one of the member's revoked devices, applied only once they accept it.
  case proposal(RecordID, SealedChange)
  /// The proposal is decided and no longer needs an answer.
  case proposalClosed(RecordID)
  /// The device was revoked at that time: it removes everything and sends its unsent work, sealed, to the hub.
  case revoke(Timestamp)
  /// The hub went back to a state in which it does not know this device, or less of it than its ticket says. An
  /// administrator is asked; until then the hub takes nothing from the device but what it once had.
  case forgotten
  /// The hub lost data and takes back what copies bring, and gives no rows until an administrator lets it. Pages of the
  /// same answer are empty.
  case restoring
  /// A newer model, as the text of its file.
  case schema(version: UInt64, text: String)
  /// An allowance is nearly full, or full, so that changes wait.
  case allowance(AllowanceUse)
}

extension Notice: CBORMapItem {
  package func encode(into map: inout CBORMapWriter) {
    switch self {
    case .enter(let space, let name):
      map.write(1, "enter")
      map.write(2, space)
      map.write(3, name)
    case .leave(let space):
      map.write(1, "leave")
      map.write(2, space)
    case .restrict(let role):
      map.write(1, "restrict")
      map.write(3, role)
    case .proposal(let id, let sealed):
      map.write(1, "held")
      map.write(6, id)
      map.write(7, sealed.encoded)
    case .proposalClosed(let id):
      map.write(1, "settled")
      map.write(6, id)
    case .revoke(let time):
      map.write(1, "revoke")
      map.write(5, time)
    case .forgotten: map.write(1, "forgotten")
    case .restoring: map.write(1, "restoring")
    case .schema(let version, let text):
      map.write(1, "schema")
      map.write(3, text)
      map.write(4, version)
    case .allowance(let use):
      map.write(1, "allowance")
      use.encode(into: &map)
    }
  }

  package init(from map: inout CBORMapReader) throws(CBORError) {
    let name: String? = try map.readIfPresent(1)
    let space: SpaceID? = try map.readIfPresent(2)
    let text: String? = try map.readIfPresent(3)
    let version: UInt64? = try map.readIfPresent(4)
    let time: Timestamp? = try map.readIfPresent(5)
    let id: RecordID? = try map.readIfPresent(6)
    let sealed = try map.next(is: 7) ? SealedChange(decoding: map.reader.bytes()) : nil
    let used: UInt64? = try map.readIfPresent(8)
    let most: UInt64? = try map.readIfPresent(9)
    try map.finish()
    if name == "allowance" {
      guard let what = text, let allowance = AllowanceUse.Allowance(what, space: space), let used, let most,
        (version, id, sealed) == (nil, nil, nil), (time == nil) == (allowance.space != nil),
        max(used, most) <= Limits.counterMax
      else { throw .value }
      self = .allowance(AllowanceUse(allowance, used: used, most: most, renewal: time))
      return
    }
    guard (used, most) == (nil, nil) else { throw .value }
    switch (name, space, text, version, time, id, sealed) {
    case ("enter", let space?, let text?, nil, nil, nil, nil): self = .enter(space, name: text)
    case ("leave", let space?, nil, nil, nil, nil, nil): self = .leave(space)
    case ("restrict", nil, let text?, nil, nil, nil, nil): self = .restrict(role: text)
    case ("held", nil, nil, nil, nil, let id?, let sealed?): self = .proposal(id, sealed)
    case ("settled", nil, nil, nil, nil, let id?, nil): self = .proposalClosed(id)
    case ("forgotten", nil, nil, nil, nil, nil, nil): self = .forgotten
    case ("revoke", nil, nil, nil, let time?, nil, nil): self = .revoke(time)
    case ("restoring", nil, nil, nil, nil, nil, nil): self = .restoring
    case ("schema", nil, let text?, let version?, nil, nil, nil): self = .schema(version: version, text: text)
    default: throw .value
    }
  }
}
