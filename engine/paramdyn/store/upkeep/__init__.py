"""Run folders that nobody works on: tidied, gone on with, orphaned, deleted."""
