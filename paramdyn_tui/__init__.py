"""The terminal side of paramdyn: commands, pictures and the application that read run folders."""
