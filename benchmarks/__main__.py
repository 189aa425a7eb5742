"""`make bench`: the signals beside their peers, then a night's steps beside their floors; with options the first."""

import sys

from benchmarks import features

sound = features.main()
if len(sys.argv) == 1:
    from benchmarks import chain  # not before: its libraries would count as memory of what the first one measures

    chain.main()
sys.exit(not sound)
