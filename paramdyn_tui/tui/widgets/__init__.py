"""Panes that every screen has, and panes that several share."""
