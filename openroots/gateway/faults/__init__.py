"""Troubles made on purpose, so that a client can be tried against them: in made-up worlds only.

Source: none.
"""

from openroots.gateway.faults.fault import Fault
from openroots.gateway.faults.step import Faults

__all__ = ["Fault", "Faults"]
