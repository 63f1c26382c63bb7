"""What an operator can set: from conf/, the environment and the command line to typed settings."""
