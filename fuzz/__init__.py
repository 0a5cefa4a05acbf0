"""Fuzzing of the whole path, from the hook to the attributes; see README.md."""
