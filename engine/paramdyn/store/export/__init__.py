"""Run folders as tables: named, typed columns, handed out in batches."""
