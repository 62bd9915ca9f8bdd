"""The pass over all parameters that recording rests on, in two implementations.

``native`` is a C function compiled on first use with the machine's own compiler; ``blocked`` is
plain torch and runs on any device. Both widen to float64 before they subtract or square
(float32 sums are wrong by up to 1 % at our sizes), both give the same counts and flags, and their
norms agree to rounding of float64.
"""

from paramdyn.measurements.kernels.choice import kernel_name, open_drift_pass
from paramdyn.measurements.kernels.drift_pass import COLUMNS, DriftPass, unpack_flags

__all__ = ["COLUMNS", "DriftPass", "kernel_name", "open_drift_pass", "unpack_flags"]
