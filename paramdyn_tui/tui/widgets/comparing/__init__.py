"""Runs laid over each other: their lines, differences, bands, and what differs in their specs."""
