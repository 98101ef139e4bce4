enum PlaceholderBoardTerminal {}
