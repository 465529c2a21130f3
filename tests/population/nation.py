"""The made-up nation that these tests look at."""

from datetime import date

TODAY = date(2026, 7, 1)
PEOPLE = 7500
