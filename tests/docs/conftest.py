"""Lets tests import what makes the site of the documentation, which is no part of the package."""

import sys

from .documents import ROOT

# Behind everything that is installed, since the repository has folders such as `datasets`, too.
if str(ROOT) not in sys.path:
    sys.path.append(str(ROOT))
