"""CPU seconds, one thread, of ugtm and of numpy on the vectors of the bench.

gtm_peers.py FOLDER  ->  one line a measurement: name, seconds. FOLDER holds train.f32 (9 x 6000) and
voxels.f32 (9 x 200000), attribute by attribute.
"""
import os, sys, time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
import ugtm

read = lambda name: np.fromfile(os.path.join(sys.argv[1], name), np.float32).reshape(9, -1).T
X, P = read("train.f32").astype(np.float64), read("voxels.f32").astype(np.float64)
mu, sd = X.mean(0), X.std(0)
X, P = (X - mu) / sd, (P - mu) / sd


def say(name, f, times):
    seconds = []
    for _ in range(times):
        began = time.process_time()
        value = f()
        seconds.append(time.process_time() - began)
    print(name, min(seconds), flush=True)
    return value


g = say("ugtm_fit", lambda: ugtm.runGTM(X, k=20, m=5, s=1.0, regul=0.1, niter=50, doPCA=False, verbose=False), 2)
say("ugtm_project", lambda: [ugtm.projection(g, P[i:i + 5000]).matMeans for i in range(0, len(P), 5000)], 2)
Y = np.asarray(g.matY, np.float64)
Y = (Y.T if Y.shape[0] == 9 else Y).astype(np.float32)
B = np.float32(1.0 / float(np.ravel(g.betaInv)[0]))
L = np.asarray(g.matX, np.float32)
P32 = P.astype(np.float32)


def means():
    """Posterior means by a float32 matrix product and exp, 4096 vectors at a time."""
    out = np.empty((len(P32), 2), np.float32)
    yy = 0.5 * (Y ** 2).sum(1)
    for i in range(0, len(P32), 4096):
        a = (P32[i:i + 4096] @ Y.T - yy) * B
        a -= a.max(1, keepdims=True)
        np.exp(a, out=a)
        a /= a.sum(1, keepdims=True)
        out[i:i + 4096] = a @ L
    return out


say("numpy_project", means, 5)
