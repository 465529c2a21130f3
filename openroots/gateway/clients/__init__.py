"""Looks at how one client behaves, by what it was seen to send, and says what is well and not.

    report    what is told of each rule            rules    all of them, in one table
    watched   which exchanges are the client's     call     one of these, to be judged

Source: none.
"""
