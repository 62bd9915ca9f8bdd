"""Questions that a screen asks: choices, texts, and yes or no."""
