"""`python -m openroots`: the command, where its script is not on the path.

Source: none.
"""

from openroots.cli import main

main()
