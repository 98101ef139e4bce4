// Authors that are not people. Every copy must use the same ids for them, and those of another university's hub are
// others: so the ids are derived from the hub's.

extension MemberID {
  /// A hub, as the author of its own changes.
  package static func centre(of hub: HubID) -> MemberID {
    MemberID(RecordID.fixed(kind: "member", key: "centre/\(hub)"))
  }

  /// A hub's importer: the author of what it takes over from public pages.
  package static func importer(of hub: HubID) -> MemberID {
    MemberID(RecordID.fixed(kind: "member", key: "import/\(hub)"))
  }
}
