"""The form of a new run and of a fork: what can be said, the command it means, what is wrong."""
