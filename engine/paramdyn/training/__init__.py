"""Training: from a spec to a finished run folder. ``run`` starts and resumes, ``loop`` loops."""
