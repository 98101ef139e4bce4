// Authors that are no people: every copy must name them alike, so their ids follow from their names.

extension MemberID {
  /// The importer, the same on every hub: it types what public pages say.
  package static let importer = MemberID(RecordID.fixed(kind: "member", key: "import"))
  /// A hub speaking for itself.
  package static let hub = MemberID(RecordID.fixed(kind: "member", key: "centre"))

  /// Whose names an author writes under: an import is written by a hub, under the hub's own name.
  package var chainOwner: MemberID { self == .importer ? .hub : self }
}
