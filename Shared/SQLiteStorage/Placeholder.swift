enum PlaceholderSQLiteStorage {}
