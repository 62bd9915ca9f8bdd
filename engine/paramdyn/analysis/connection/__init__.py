"""The straight line between two networks: what lies on it, as they are and after alignment."""
