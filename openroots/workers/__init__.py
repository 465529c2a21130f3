"""Several processes that serve one world from one file.

One process, the keeper, has the file's writer, watches the others and answers the tooling. The
workers answer requests: each reads the file by itself and hands what it commits to the keeper.
Between the keeper and each worker is one channel, over which both can ask.

    keeper    keep  tooling  figures            (what workers ask of it)
    worker    begin  look  settle  figures  head  stop    (what it asks of them)

Source: none.
"""
