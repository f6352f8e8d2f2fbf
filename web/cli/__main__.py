"""`python -m web.cli` is `juanzong`."""

import sys

from web.cli import main

if __name__ == "__main__":  # a process pool imports this again in its children
    sys.exit(main())
