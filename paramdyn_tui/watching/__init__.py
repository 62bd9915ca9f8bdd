"""What a screen knows about runs and the machine: read from files, a little more at each look.

No widget lives here: whoever shows something is told in immutable views.
"""
