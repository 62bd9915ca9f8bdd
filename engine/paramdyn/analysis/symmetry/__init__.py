"""Which changes of the weights leave the function as it is, and distances that ignore them.

Everything here looks at weights only. That a function really is unchanged is checked on images by
``paramdyn.probes.certificate``.
"""
