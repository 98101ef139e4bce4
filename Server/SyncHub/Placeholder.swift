enum PlaceholderSyncHub {}
