"""Pictures as text: numbers to cells, and the figures of a run (``figures.run_figures``)."""
