"""Links: that one record stands in a relation to another."""
