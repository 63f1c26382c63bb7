"""The read side's readers on the views."""
