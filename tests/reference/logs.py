"""What lasio (MIT, pip install lasio==0.31) reads in its own examples, for src/io/las/tests.rs.

    python3 tests/reference/logs.py FOLDER > tests/reference/logs.csv

A line a file: its name, rows, curves, and of all finite numbers but the index's how
many they are and what they come to; `refused` where lasio cannot read it.
"""
import glob, logging, os, sys, warnings
import lasio
import numpy as np

logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")
root = sys.argv[1]
print("file,rows,curves,finite,sum")
for path in sorted(glob.glob(os.path.join(root, "**", "*.las"), recursive=True)):
    name = os.path.relpath(path, root)
    try:
        las = lasio.read(path, ignore_header_errors=True)
    except Exception:
        print(f"{name},refused,,,")
        continue
    finite, total = 0, 0.0
    for curve in las.curves[1:]:
        if curve.data.dtype.kind == "f":
            known = curve.data[np.isfinite(curve.data)]
            finite, total = finite + len(known), total + float(known.sum())
    rows = len(las.curves[0].data) if len(las.curves) else 0
    print(f"{name},{rows},{len(las.curves)},{finite},{total:.9g}")
