"""Find what Phase 16 keeps out: `python governance/validate_phase16_path.py [PATH...]`.

Stands alone: it needs PyYAML and nothing else of the project's packages.
"""

import gc
import sys
from pathlib import Path


def run() -> int:
    """Scan as the command line says; see governance.cli for the exit codes."""
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from governance.cli import main

    # A second of making syntax trees that all stay: collecting garbage finds none.
    gc.disable()

    return main()


if __name__ == "__main__":
    sys.exit(run())
