"""docs/compatibility.md: made from the rows that tests_compat writes."""
