"""The part of the schema that typed collections add: types, filters, orders and root fields (adr/0108)."""
