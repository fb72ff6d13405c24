"""CPU seconds that 200^3 float32 samples cost the Python programs in use, one thread.

attributes_peers.py VOLUME.f32  ->  one line a kernel: name, seconds. What is too slow for a whole volume is
measured on a part of it and scaled.
"""
import os, sys, time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import numpy as np
from scipy.ndimage import gaussian_filter, uniform_filter

V = np.fromfile(sys.argv[1], np.float32).reshape(200, 200, 200)  # inline, crossline, sample


def say(name, f, share=1.0):
    began = time.process_time()
    f()
    print(name, (time.process_time() - began) / share, flush=True)


def kuwahara():
    """Of the 125 windows of 5^3 that hold a voxel the mean of the least variable one."""
    m = uniform_filter(V, 5, mode="nearest")
    s = uniform_filter(V * V, 5, mode="nearest") - m * m
    bm, bs = np.empty_like(m), np.full_like(s, np.inf)
    pm, ps = np.pad(m, 2, mode="edge"), np.pad(s, 2, mode="edge")
    for o in np.ndindex(5, 5, 5):
        q = tuple(slice(i, i + n) for i, n in zip(o, V.shape))
        k = ps[q] < bs
        np.copyto(bs, ps[q], where=k)
        np.copyto(bm, pm[q], where=k)


def box_filters():
    """Means and variances of windows of 5^3, without the choice."""
    m = uniform_filter(V, 5, mode="nearest")
    s = uniform_filter(V * V, 5, mode="nearest") - m * m
    return s


def structure_tensor():
    """Gaussian derivatives, products, smoothing of the same widths, eigenvalues."""
    g = [gaussian_filter(V, 1.0, order=o) for o in ((1, 0, 0), (0, 1, 0), (0, 0, 1))]
    t = np.empty(V.shape + (3, 3), np.float32)
    for i in range(3):
        for j in range(i, 3):
            t[..., i, j] = t[..., j, i] = gaussian_filter(g[i] * g[j], (1.0, 1.0, 2.5))
    np.linalg.eigvalsh(t)


def spectra(trace):
    """Bandwidth and roughness of the local spectrum at each sample: one rfft a window."""
    w, f = np.hanning(33), np.fft.rfftfreq(256, 0.004)
    b = (f >= 5) & (f <= 100)
    f = f[b]
    padded = np.pad(trace, 16)
    for t in range(len(trace)):
        s = np.abs(np.fft.rfft(w * padded[t : t + 33], 256))[b]
        p = s * s
        c = np.concatenate([[0], np.cumsum(0.5 * (p[1:] + p[:-1]))])
        low, high = np.interp([0.15 * c[-1], 0.85 * c[-1]], c, f)
        k = (f >= low) & (f <= high)
        s = s[k] / s[k].mean()
        np.sqrt(np.mean((s - np.polyval(np.polyfit(f[k], s, 1), f[k])) ** 2))


def glcm(q, n=12):
    """Entropy and variance of the pooled matrix of 5 x 5 traces and 7 samples, 17 levels, 4 directions."""
    from skimage.feature import graycomatrix

    level, angles = np.arange(17), [0, np.pi / 4, np.pi / 2, 3 * np.pi / 4]
    for y, x in np.ndindex(n, n):
        p = 0
        for t in range(7):
            w = q[y : y + 5, x : x + 5, t]
            p = p + graycomatrix(w, [1], angles, levels=17, symmetric=True).sum(3)[:, :, 0]
        p = p / p.sum()
        entropy = -(p[p > 0] * np.log(p[p > 0])).sum()
        mean = (level * p.sum(1)).sum()
        variance = ((level - mean) ** 2 * p.sum(1)).sum()


say("kuwahara", kuwahara)
say("box_filters", box_filters)
say("structure_tensor", structure_tensor)
say("spectra", lambda: spectra(V[5, 5].astype(float)), 200 / V.size)
q = np.clip(np.round(8 * V / (2.5 * np.sqrt(np.mean(V.astype(float) ** 2)))), -8, 8)
q = np.ascontiguousarray((q + 8).astype(np.uint8)[20:40, 20:40, 20:30])
say("glcm", lambda: glcm(q), 144 / V.size)
from bruges.attribute import discontinuity

part = np.ascontiguousarray(V[:24, :24, :100])
eigen = lambda: discontinuity(part, duration=0.044, dt=0.004, step_out=1, kind="gersztenkorn")
say("coherence", eigen, part.size / V.size)
