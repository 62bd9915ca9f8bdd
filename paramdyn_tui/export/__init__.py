"""Runs written for other programs: CSV, Parquet, TensorBoard."""
