"""`python -m varsling` is `varsling`."""

from varsling.cli import main

main()
