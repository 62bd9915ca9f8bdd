"""The application: screens over run folders. It owns nothing; a run never notices it."""
