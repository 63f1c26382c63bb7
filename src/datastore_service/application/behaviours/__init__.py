"""What the mediator does around each send, one concern a file."""
