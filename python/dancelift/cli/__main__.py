"""`python -m dancelift.cli`, for where the program `dancelift` is not on the path."""

import sys

from dancelift.cli import main

sys.exit(main())
