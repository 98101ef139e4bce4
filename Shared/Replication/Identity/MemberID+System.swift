// Authors that are not people. Every copy must use the same ids for them, so the ids are derived from fixed keys.

extension MemberID {
  /// The importer, the same on every hub: the author of what is taken over from public pages.
  package static let importer = MemberID(RecordID.fixed(kind: "member", key: "import"))
  /// A hub, as the author of its own changes.
  package static let hub = MemberID(RecordID.fixed(kind: "member", key: "centre"))

  /// The member that owns the chains an author writes in: for the importer the hub, for everyone else the author.
  package var chainOwner: MemberID { self == .importer ? .hub : self }
}
