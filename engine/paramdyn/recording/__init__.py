"""Recording: which steps are due, how their numbers reach the host, and the lines they become."""
