"""Trained models run again, on images that they are asked about."""
