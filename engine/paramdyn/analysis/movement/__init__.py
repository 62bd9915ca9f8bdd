"""How far, how straight and where to parameters move.

Sums are float64 over explicit differences, tensor by tensor over mapped files. A total is the root
of the summed squares of all parameters, never a mean of layers; buffers never enter one. ``live``
leaves out the scalars that no input can ever give a gradient.
"""
