enum PlaceholderClientCore {}
