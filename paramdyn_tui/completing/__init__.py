"""What the tab key offers: no torch, no numpy, and no work before it is asked for."""
