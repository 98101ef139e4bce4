enum PlaceholderBoardModel {}
