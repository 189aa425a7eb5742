"""`make bench`: the signals beside their peers, then a night's steps beside their floors; with options the first."""

import sys

from benchmarks import chain, features

sound = features.main()
if len(sys.argv) == 1:
    chain.main()
sys.exit(not sound)
