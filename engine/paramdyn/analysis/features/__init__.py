"""Features of trained models: how correlated within one, how alike between two."""
