enum PlaceholderClientHTTP {}
