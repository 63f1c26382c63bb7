"""Units of work without locks, whose changes share statements and commits with those of others (adr/0049, adr/0050)."""
