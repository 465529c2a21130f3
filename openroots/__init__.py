"""OpenRoots: the open, shared digital infrastructure of a health service, as one program."""

__version__ = "0.1.0"
