"""What the performance table says, and how to repeat it: `make bench`.

For whoever doubts a figure, or has changed the way of a request. Each row starts what it measures,
puts a bounded load on it over loopback, prints one line of the table and leaves nothing behind.
Servers are watched through /proc, so the rows that start one need Linux.

Source: none.
"""
