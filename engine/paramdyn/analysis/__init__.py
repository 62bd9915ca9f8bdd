"""Answers to the questions that are put to runs, each with its controls and its null."""
