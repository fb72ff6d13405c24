"""CPU seconds, one thread, of scikit-learn and of R's randomForest on the rows of the bench.

forest_peers.py FOLDER  ->  one line a measurement: name, value. FOLDER holds 6k.f32, 60k.f32 and voxels.f32
(rows x 9, facies in turn). R is left out where there is no Rscript with randomForest.
"""
import os, subprocess, sys, time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
from sklearn.ensemble import RandomForestClassifier

read = lambda name: np.fromfile(os.path.join(sys.argv[1], name + ".f32"), np.float32).reshape(-1, 9)
facies = lambda x: np.arange(len(x)) % 3
voxels = read("voxels")


def timed(name, f, times=1):
    seconds = []
    for _ in range(times):
        began = time.process_time()
        value = f()
        seconds.append(time.process_time() - began)
    print("scikit-learn", name, min(seconds), flush=True)
    return value


for size, times in (("6k", 2), ("60k", 1)):
    x = read(size)
    y, fold = facies(x), np.arange(len(x)) // 3 % 5
    for depth, word in ((10, "d10"), (None, "unl")):
        new = lambda: RandomForestClassifier(100, max_depth=depth, max_features=3, n_jobs=1, random_state=1)
        m = timed(f"fit {size} {word}", lambda: new().fit(x, y), times)
        said = timed(f"predict {size} {word}", lambda: m.predict(voxels))
        print(f"scikit-learn right {size} {word}", (said == facies(voxels)).mean(), flush=True)
        if size == "6k":
            folds = [(new().fit(x[fold != f], y[fold != f]).predict(x[fold == f]) == y[fold == f]).mean() for f in range(5)]
            print(f"scikit-learn cv {size} {word}", np.mean(folds), flush=True)

R = """
suppressMessages(library(randomForest)); set.seed(1); f <- commandArgs(TRUE)[1]
x <- matrix(readBin(f, 'numeric', 54000, 4), ncol = 9, byrow = TRUE); y <- factor((0:5999) %% 3)
t <- min(sapply(1:2, function(i) sum(system.time(randomForest(x, y, ntree = 100, mtry = 3))[1:2])))
cat('randomForest fit 6k unl', t, '\\n')
"""
try:
    run = subprocess.run(["Rscript", "-e", R, os.path.join(sys.argv[1], "6k.f32")], capture_output=True, text=True)
    print(run.stdout.strip(), flush=True)
except FileNotFoundError:
    pass
