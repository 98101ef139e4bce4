enum PlaceholderSyncProtocol {}
