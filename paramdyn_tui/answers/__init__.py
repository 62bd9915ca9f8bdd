"""Answers of ``paramdyn analyze``, written for people, for programs and for papers."""
