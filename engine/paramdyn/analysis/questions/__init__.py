"""One module a question: ``ask(subjects, bench) -> Answer``, and ``TERMS``: what numbers mean."""
