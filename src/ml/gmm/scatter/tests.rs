//! Each M-step against its published update and against its richer relatives.

use super::*;
use proptest::prelude::*;

const FLOOR: f64 = 1e-6;

/// Σ_k (n_k ln|Σ_k| + tr(Σ_k⁻¹ W_k)): what each model minimises.
fn objective(scatter: &Scatter, covariances: &[f64]) -> f64 {
    let d = scatter.d;
    let mut q = 0.0;
    for k in 0..scatter.k {
        let size = packed(d);
        let mut l = covariances[k * size..(k + 1) * size].to_vec();
        assert!(cholesky(&mut l, d));
        q += scatter.counts[k] * log_determinant(&l, d);
        crate::ml::gmm::linear::invert_lower(&mut l, d);
        let w = &scatter.w[k * size..(k + 1) * size];
        // tr(L⁻ᵀ L⁻¹ W), entry by entry.
        for i in 0..d {
            for j in 0..d {
                let inverse: f64 = (i.max(j)..d).map(|r| l[at(r, i)] * l[at(r, j)]).sum();
                q += inverse * w[at(i.max(j), i.min(j))];
            }
        }
    }
    q
}

fn step(scatter: &mut Scatter, model: CovarianceModel) -> (Vec<f64>, f64) {
    let mut out = vec![0.0; scatter.w.len()];
    assert!(
        !scatter.covariances(model, FLOOR, &mut Vec::new(), &mut out),
        "{model} floored"
    );
    let q = objective(scatter, &out);
    (out, q)
}

/// Two 2 x 2 scatter matrices; each update was compared with a generic
/// optimiser of the objective (scipy), to 1e-5.
#[test]
fn the_m_step_gives_the_published_table() {
    let mut scatter = Scatter::new(2, 2);
    scatter.counts = vec![10.0, 6.0];
    scatter.w = vec![8.0, 2.0, 4.0, 3.0, -1.0, 6.0];
    #[rustfmt::skip]
    let table: [(CovarianceModel, [f64; 6], f64); 14] = [
        (EII, [0.65625, 0.0, 0.65625, 0.65625, 0.0, 0.65625], 18.521_169),
        (VII, [0.6, 0.0, 0.6, 0.75, 0.0, 0.75], 18.331_303),
        (EEI, [0.6875, 0.0, 0.625, 0.6875, 0.0, 0.625], 18.484_847),
        (VEI, [0.640_985, 0.0, 0.531_971, 0.852_463, 0.0, 0.707_482], 18.206_826),
        (EVI, [0.875, 0.0, 0.4375, 0.4375, 0.0, 0.875], 16.636_641),
        (VVI, [0.8, 0.0, 0.4, 0.5, 0.0, 1.0], 16.446_774),
        (EEE, [0.6875, 0.0625, 0.625, 0.6875, 0.0625, 0.625], 18.338_727),
        (VEE, [0.628_724, 0.082_092, 0.507_448, 0.915_803, 0.119_576, 0.739_151], 17.892_932),
        (EVE, [0.903_882, 0.206_574, 0.431_076, 0.449_862, -0.167_765, 0.833_843], 15.063_687),
        (VVE, [0.810_546, 0.188_202, 0.389_454, 0.528_223, -0.198_241, 0.971_777], 14.800_194),
        (EEV, [0.860_922, 0.204_672, 0.451_578, 0.415_413, -0.160_558, 0.897_087], 15.059_701),
        (VEV, [0.777_654, 0.186_291, 0.405_072, 0.483_764, -0.189_966, 1.053_661], 14.797_204),
        (EVV, [0.889_597, 0.222_399, 0.444_798, 0.428_133, -0.142_711, 0.856_267], 15.029_563),
        (VVV, [0.8, 0.2, 0.4, 0.5, -0.166_667, 1.0], 14.768_510),
    ];
    for (model, covariances, q) in table {
        let (out, found) = step(&mut scatter, model);
        for (a, b) in out.iter().zip(covariances) {
            assert!((a - b).abs() < 2e-6, "{model}: {out:?}");
        }
        assert!((found - q).abs() < 1e-6, "{model}: {found}");
    }
}

/// Which models contain which as special cases.
const WITHIN: [(CovarianceModel, CovarianceModel); 23] = [
    (VII, EII),
    (EEI, EII),
    (VEI, VII),
    (VEI, EEI),
    (EVI, EEI),
    (VVI, VEI),
    (VVI, EVI),
    (EEE, EEI),
    (VEE, VEI),
    (VEE, EEE),
    (EVE, EVI),
    (EVE, EEE),
    (VVE, VVI),
    (VVE, VEE),
    (VVE, EVE),
    (EEV, EEE),
    (VEV, VEE),
    (VEV, EEV),
    (EVV, EEV),
    (EVV, EVE),
    (VVV, VEV),
    (VVV, EVV),
    (VVV, VVE),
];

/// B Bᵀ + 0.3 I, times the number of rows, for each component.
fn scattered(d: usize, counts: &[f64], b: &[f64]) -> Scatter {
    let mut scatter = Scatter::new(d, counts.len());
    scatter.counts = counts.to_vec();
    for (k, count) in counts.iter().enumerate() {
        let row = |i: usize| &b[k * 36 + i * d..k * 36 + (i + 1) * d];
        for i in 0..d {
            for j in 0..=i {
                let dot: f64 = row(i).iter().zip(row(j)).map(|(x, y)| x * y).sum();
                let ridge = if i == j { 0.3 } else { 0.0 };
                scatter.w[k * packed(d) + at(i, j)] = count * (dot + ridge);
            }
        }
    }
    scatter
}

fn entries() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-2.0..2.0f64, 108)
}

proptest! {
    /// Each model that contains another never has the larger objective, and
    /// no update is beaten by a nearby member of its own family.
    #[test]
    fn richer_models_fit_no_worse(
        d in 2usize..6,
        b in entries(),
        counts in prop::collection::vec(10.0..200.0f64, 2..4),
    ) {
        let mut scatter = scattered(d, &counts, &b);
        let q = CovarianceModel::ALL.map(|m| step(&mut scatter, m).1);
        for (rich, poor) in WITHIN {
            let (rich_q, poor_q) = (q[rich as usize], q[poor as usize]);
            prop_assert!(
                rich_q <= poor_q + 1e-9 * poor_q.abs(),
                "{rich} {rich_q} > {poor} {poor_q}"
            );
        }
        for model in CovarianceModel::ALL {
            let (best, q) = step(&mut scatter, model);
            for factor in [0.97, 1.03] {
                let scaled: Vec<f64> = best.iter().map(|c| c * factor).collect();
                prop_assert!(objective(&scatter, &scaled) >= q);
            }
        }
    }

    /// Covariances of a model that are asked for again, of rows that were made to
    /// follow it, are those that they were made to follow.
    #[test]
    fn scatters_that_follow_a_model_give_it_back(
        d in 2usize..6,
        b in entries(),
        counts in prop::collection::vec(10.0..200.0f64, 2..4),
    ) {
        let mut scatter = scattered(d, &counts, &b);
        for model in CovarianceModel::ALL {
            let (covariances, _) = step(&mut scatter, model);
            let mut followed = Scatter::new(d, counts.len());
            followed.counts.clone_from(&counts);
            for (k, c) in covariances.chunks_exact(packed(d)).enumerate() {
                for (w, c) in followed.w[k * packed(d)..].iter_mut().zip(c) {
                    *w = c * counts[k];
                }
            }
            let (again, q) = step(&mut followed, model);
            let exact = objective(&followed, &covariances);
            prop_assert!((q - exact).abs() < 1e-8 * exact.abs().max(1.0), "{model}: {q} {exact}");
            for (a, b) in again.iter().zip(&covariances) {
                prop_assert!((a - b).abs() < 1e-3 * (1.0 + b.abs()), "{model}: {a} {b}");
            }
        }
    }

    /// A step that starts where the last ended lowers the objective of new scatters
    /// at least to where the last covariances have it.
    #[test]
    fn axes_of_the_step_before_are_a_start_that_cannot_lose(
        d in 2usize..6,
        b in entries(),
        c in entries(),
        counts in prop::collection::vec(10.0..200.0f64, 2..4),
    ) {
        for model in [EVE, VVE] {
            let mut axes = Vec::new();
            let mut out = vec![0.0; counts.len() * packed(d)];
            scattered(d, &counts, &b).covariances(model, FLOOR, &mut axes, &mut out);
            let mut next = scattered(d, &counts, &c);
            let before = objective(&next, &out);
            next.covariances(model, FLOOR, &mut axes, &mut out);
            let after = objective(&next, &out);
            prop_assert!(after <= before + 1e-9 * before.abs(), "{model}: {after} > {before}");
        }
    }
}

#[test]
fn singular_scatter_is_floored() {
    for model in CovarianceModel::ALL {
        let mut scatter = Scatter::new(2, 2);
        scatter.counts = vec![10.0, 10.0];
        let mut out = vec![0.0; 6];
        assert!(
            scatter.covariances(model, FLOOR, &mut Vec::new(), &mut out),
            "{model}"
        );
        for c in out.chunks_exact(3) {
            assert!(cholesky(&mut c.to_vec(), 2), "{model}: {c:?}");
        }
        // One attribute is constant inside one component only.
        scatter.w = vec![8.0, 0.0, 0.0, 3.0, 1.0, 6.0];
        scatter.covariances(model, FLOOR, &mut Vec::new(), &mut out);
        for c in out.chunks_exact(3) {
            assert!(cholesky(&mut c.to_vec(), 2), "{model}: {c:?}");
        }
    }
}
