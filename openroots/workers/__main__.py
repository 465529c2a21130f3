"""`python -m openroots.workers FD`: how the keeper starts a worker.

Source: none.
"""

from openroots.workers.worker import start

start()
