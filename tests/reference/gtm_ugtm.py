"""Steps of ugtm (Gaspar 2018) from the start of `src/ml/gtm`, whose own start it does not have: principal axes
by population, beta from the nearest neighbours of nodes. Needs numpy and ugtm 2.3; prints the numbers that
`a_map_goes_the_way_of_ugtm_from_an_equal_start` holds the fit against.
"""
import numpy as np
from ugtm import ugtm_core as U
n, d, k, m, lam = 200, 4, 8, 4, 0.1
i = np.arange(n)[:, None]; j = np.arange(d)[None, :]
X = (np.sin(0.37 * i * (1 + 0.31 * j) + j) + 0.5 * np.cos(0.11 * i + 2.0 * j) + 0.2 * np.sin(1.7 * i * (j + 1))).astype(np.float32).astype(np.float64)
g = lambda s: np.array([(a, b) for a in np.linspace(-1, 1, s) for b in np.linspace(-1, 1, s)])
u, c = g(k), g(m)
sigma2 = U.computeWidth(c, m * m, 1.0)
Phi = U.createPhiMatrix(u, c, k * k, m * m, sigma2)
mean = X.mean(0); C = np.cov(X.T, bias=True)
e, V = np.linalg.eigh(C); o = np.argsort(e)[::-1]; e, V = e[o], V[:, o]
for a in range(d):
    if V[np.argmax(np.abs(V[:, a])), a] < 0: V[:, a] *= -1
Y = mean + u[:, :1] * np.sqrt(e[0]) * V[:, 0] + u[:, 1:] * np.sqrt(e[1]) * V[:, 1]
W = np.linalg.lstsq(Phi, Y, rcond=None)[0]
Y = Phi @ W
D = np.sqrt(((Y[:, None] - Y[None]) ** 2).sum(-1)); np.fill_diagonal(D, np.inf)
b = max(e[2], (D.min(1).mean() / 2) ** 2, 1e-6)
MD = U.createDistanceMatrix(Y.T, X)
def LL():
    l = d / 2 * np.log(1 / b / 2 / np.pi) - MD / 2 / b - np.log(k * k)
    t = l.max(0); return (t + np.log(np.exp(l - t).sum(0))).sum()
for it in range(31):
    R = U.createRMatrix(U.createPMatrix(MD, b, d))
    if it in (0, 1, 5, 30): print(it, 'L %.9f beta %.9f' % (LL(), 1 / b), 'place of row 17', U.meanPoint(R, u)[17])
    G = U.createGMatrix(R)
    Wt = U.optimWMatrix(R, Phi, G, X, b, lam)
    MD = U.createDistanceMatrix(U.createYMatrix(Wt, Phi), X)
    b = U.optimBetaInv(R, MD, d)
