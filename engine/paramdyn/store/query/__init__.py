"""What can be asked of a list of runs: filters, their completion, keys, order and groups."""
