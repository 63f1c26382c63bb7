"""Several processes behind one address: one starts them and replaces those that die, the others serve (adr/0061)."""
