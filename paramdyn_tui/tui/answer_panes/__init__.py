"""Answers to questions on the screen: the questions, what was found, and how far it is."""
