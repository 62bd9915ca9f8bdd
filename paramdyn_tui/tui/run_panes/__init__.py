"""What the screens of one run are made of: drawings of its view, and the panes that show them."""
