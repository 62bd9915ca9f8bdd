"""What is worth C: compiled at first use with the machine's compiler, and never needed.

Everything here has a counterpart in numpy or torch with the same results, for machines without a
compiler and for other devices.
"""
