"""`python -m web.cli` is `juanzong`."""

import sys

from web.cli import main

sys.exit(main())
