"""The list of runs: what is listed, which columns it has, how it is drawn, where the cursor is."""
