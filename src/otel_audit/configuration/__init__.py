"""What can be set, by its rows, and the file it can be set in."""
