"""Several processes that serve one world.

One process, the keeper, has the file's writer, watches the others and answers the tooling. The
workers answer requests: each reads the file by itself and hands what it commits to the keeper. On a
database each writes by itself too, and tells the keeper when it has decided what binds the others.
Between the keeper and each worker is one channel, over which both can ask.

    keeper    keep  decided  tooling  figures   (what workers ask of it)
    worker    begin  look  settle  figures  head  stop    (what it asks of them)

Source: none.
"""
