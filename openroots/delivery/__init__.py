"""Delivery: what was told is handed to those who subscribed, at least once, in order per subject.

It follows the feed of the store. It knows no service: what is an event, who wants it and how a
queue or mailbox is filled is given to it by `app.py`.
"""
