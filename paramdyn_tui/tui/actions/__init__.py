"""Every action in one table: dispatch, footer, help, palette and documentation read it."""
