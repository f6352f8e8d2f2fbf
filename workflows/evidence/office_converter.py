"""The child process of office documents: `python -m workflows.evidence.office_converter LIMITS PROGRAM ARGUMENT…`.

Takes the limits upon itself and becomes PROGRAM: LibreOffice then runs within them, and so do its own children.
"""

import json
import os
import resource
import sys


def main() -> None:
    """Confine this process and hand it over."""
    limits = json.loads(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (limits["memory"], limits["memory"]))
    resource.setrlimit(resource.RLIMIT_CPU, (limits["cpu_seconds"], limits["cpu_seconds"]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["written"], limits["written"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - the program this house was set up with, no shell


if __name__ == "__main__":
    main()
