"""Starting runs so that no terminal owns them: workers, and sequences of them."""
