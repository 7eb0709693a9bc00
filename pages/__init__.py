"""The screen: one file per page. Whoever loads it computes with one thread of linear algebra, before numpy comes.

Fits multiply many small matrices: a second thread gains nothing, and on a busy computer makes them many times slower.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
