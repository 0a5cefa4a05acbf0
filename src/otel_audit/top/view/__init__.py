"""The terminal view. The only part that knows textual; everything it is given is text, never markup."""
