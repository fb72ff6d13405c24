"""CPU seconds, one thread, of scikit-learn's Gaussian mixtures on the voxels of the bench.

selection_peers.py FOLDER  ->  one line a measurement: name, value. FOLDER holds voxels.f32 (9 attributes x 6000
voxels, attribute by attribute; voxel i is of facies i % 3).
"""
import itertools, os, sys, time, warnings

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
warnings.filterwarnings("ignore")
import numpy as np
from sklearn.mixture import GaussianMixture

X = np.fromfile(os.path.join(sys.argv[1], "voxels.f32"), np.float32).reshape(9, -1).T.astype(np.float64)
X = (X - X.mean(0)) / X.std(0)
FACIES = [X[f::3] for f in range(3)]
SIZES = [d for d in (2, 5, 9)]


def least(f, times):
    """The last value, and the least CPU seconds of several runs."""
    seconds = []
    for _ in range(times):
        began = time.process_time()
        value = f()
        seconds.append(time.process_time() - began)
    return value, min(seconds)


for d in SIZES:
    x = np.ascontiguousarray(X[:, :d])
    one = lambda: GaussianMixture(2, covariance_type="full", tol=1e-6, max_iter=500, random_state=0).fit(x)
    m, seconds = least(one, 3)
    print(f"fit_{d}", seconds, flush=True)
    print(f"likelihood_{d}", m.score(x) * len(x), flush=True)


def distance(m1, c1, m2, c2):
    """Bhattacharyya distance of two Gaussians."""
    c, d = 0.5 * (c1 + c2), m1 - m2
    ld = lambda a: np.linalg.slogdet(a)[1]
    return 0.125 * d @ np.linalg.solve(c, d) + 0.5 * (ld(c) - 0.5 * (ld(c1) + ld(c2)))


def select_one(columns):
    """Per facies the better of 1 and 2 full Gaussians by BIC; the mean distance between clusters of different facies."""
    best = []
    for x in (f[:, columns] for f in FACIES):
        ms = [GaussianMixture(k, covariance_type="full", random_state=0).fit(x) for k in (1, 2)]
        best.append(min(ms, key=lambda m: m.bic(x)))
    ds = [
        distance(a.means_[i], a.covariances_[i], b.means_[j], b.covariances_[j])
        for a, b in itertools.combinations(best, 2)
        for i in range(a.n_components)
        for j in range(b.n_components)
    ]
    return np.mean(ds)


combinations = [list(c) for n in range(1, 10) for c in itertools.combinations(range(9), n)]
some = combinations[::16]
_, seconds = least(lambda: [select_one(c) for c in some], 2)
print("all_combinations", seconds * len(combinations) / len(some), flush=True)
