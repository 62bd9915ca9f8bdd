"""Charts as pictures of styled spans: pure functions of numbers, with no terminal in them."""
