"""What a recipe would take: the work that stages say they are, times the speeds measured here."""
