"""What the running interpreter can raise, read from its library and its machine code, against the catalogue."""
