"""Brings people from elsewhere into a world: read from files, checked as new records are, kept.

Source: none.
"""
