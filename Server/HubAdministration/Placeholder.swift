enum PlaceholderHubAdministration {}
