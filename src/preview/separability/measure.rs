//! From values inside polygons to distances, ellipses and findings.

use super::super::VolumeId;
use super::super::gather::{Gathered, Inside};
use super::super::moments::Moments;
use super::{FaciesVoxels, Finding, MOST_SEARCHED, Question, Scatter, Scored, Separability};
use crate::ml::gmm::{Component, Mixture, bhattacharyya};
use crate::ml::selection::{Marginals, in_order};

/// Voxels an attribute that a Gaussian with all its covariances should have.
pub(super) const ENOUGH: usize = 10;
/// Points of a facies in the scatter.
const DRAWN: usize = 300;
/// Outliers that are marked.
const MARKED: usize = 200;

/// The answer to a question, from what was gathered for it.
pub(super) fn answer(question: &Question, gathered: &Gathered) -> Separability {
    let d = question.attributes.len();
    let n = question.facies.len();
    let mut facies: Vec<FaciesVoxels> = (question.facies.iter())
        .map(|name| FaciesVoxels {
            name: name.clone(),
            ..FaciesVoxels::default()
        })
        .collect();
    let mut moments = vec![Moments::new(d); n];
    let mut all = Moments::new(d);
    let mut counted: Vec<Vec<&Inside>> = vec![Vec::new(); n];
    let volumes: Vec<VolumeId> = question.attributes.iter().map(|(_, v)| *v).collect();
    for polygon in &question.polygons {
        let place = question.facies.iter().position(|f| *f == polygon.facies);
        let (Some(m), Some(inside)) = (place, gathered.inside(&polygon.id)) else {
            continue;
        };
        facies[m].polygons += 1;
        facies[m].voxels += inside.count;
        let Some(summary) = &inside.summary else {
            continue;
        };
        moments[m].join(&summary.moments);
        all.join(&summary.moments);
        counted[m].push(inside);
    }
    let spread: Vec<f64> = (0..d)
        .map(|i| all.products[i * (i + 1) / 2 + i] / all.rows.max(1.0))
        .collect();
    let gaussians: Vec<Option<Component>> = moments.iter().map(|m| m.gaussian(&spread)).collect();
    let singles: Vec<Option<f64>> = (0..d).map(|i| alone(&moments, &spread, i)).collect();
    let mut ranked: Vec<usize> = (0..d).filter(|i| singles[*i].is_some()).collect();
    ranked.sort_by(|i, j| {
        singles[*j]
            .unwrap_or(0.0)
            .total_cmp(&singles[*i].unwrap_or(0.0))
    });
    let best = ranked.first().and_then(|&i| Some((i, singles[i]?)));
    let axes = axes(question, &ranked);
    let mut answer = Separability {
        attributes: question
            .attributes
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        active: question.active.clone(),
        distances: distances(&gaussians),
        best,
        combinations: combinations(&gaussians, d),
        scatter: axes.map(|axes| scatter(axes, &volumes, &moments, &counted, &spread)),
        facies,
        ..Separability::default()
    };
    look_closely(question, gathered, &gaussians, &mut answer);
    answer
}

fn distances(gaussians: &[Option<Component>]) -> Vec<Vec<Option<f64>>> {
    let between =
        |a: &Option<Component>, b: &Option<Component>| bhattacharyya(a.as_ref()?, b.as_ref()?).ok();
    gaussians
        .iter()
        .map(|a| gaussians.iter().map(|b| between(a, b)).collect())
        .collect()
}

/// Mean distance over all pairs of facies in one attribute alone.
fn alone(moments: &[Moments], spread: &[f64], attribute: usize) -> Option<f64> {
    let gaussians: Vec<Component> = moments
        .iter()
        .filter_map(|m| m.of(&[attribute]).gaussian(&spread[attribute..=attribute]))
        .collect();
    let mut found = Vec::new();
    for (i, a) in gaussians.iter().enumerate() {
        for b in &gaussians[i + 1..] {
            found.extend(bhattacharyya(a, b).ok());
        }
    }
    (!found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
}

/// All combinations of `d` attributes by the mean distance over the pairs of facies:
/// marginals of one Gaussian each.
fn combinations(gaussians: &[Option<Component>], d: usize) -> Vec<Scored> {
    let known = gaussians.iter().flatten().cloned();
    let known: Vec<Option<Mixture>> = known.map(|g| Some(Mixture::alone(g))).collect();
    if known.len() < 2 || d == 0 || d > MOST_SEARCHED {
        return Vec::new();
    }
    let Ok(marginals) = Marginals::new(&known, (1 << d) - 1) else {
        return Vec::new();
    };
    let mut found = Vec::with_capacity((1 << d) - 1);
    let free: Vec<usize> = (0..d).collect();
    marginals.walk(0, &free, &(1..=d), &mut |mask, distances| {
        let pairs = distances.pair_sums.len().max(1) as f64;
        let score = distances.pair_sums.iter().sum::<f64>() / pairs;
        found.push(Scored { mask, score });
    });
    found.sort_unstable_by(|a, b| {
        (a.size().cmp(&b.size()))
            .then_with(|| b.score.total_cmp(&a.score))
            .then_with(|| in_order(a.mask, b.mask))
    });
    found
}

/// The two attributes of the scatter: those asked for, else the two best.
fn axes(question: &Question, ranked: &[usize]) -> Option<(usize, usize)> {
    let place = |name: &str| question.attributes.iter().position(|(n, _)| n == name);
    let asked = question.axes.as_ref();
    let asked = asked.and_then(|(x, y)| place(x).zip(place(y)));
    asked.or_else(|| {
        let first = ranked
            .first()
            .copied()
            .or((!question.attributes.is_empty()).then_some(0))?;
        let rest = ranked.get(1).copied();
        let other = (0..question.attributes.len()).find(|i| *i != first);
        Some((first, rest.or(other)?))
    })
}

fn scatter(
    axes: (usize, usize),
    volumes: &[VolumeId],
    moments: &[Moments],
    counted: &[Vec<&Inside>],
    spread: &[f64],
) -> Scatter {
    // Evenly from the polygons, and evenly from the voxels of each.
    let points = |polygons: &Vec<&Inside>| {
        let chosen = polygons
            .iter()
            .step_by(polygons.len().div_ceil(DRAWN).max(1));
        let each = DRAWN.div_ceil(chosen.len().max(1));
        chosen
            .flat_map(|inside| inside.rows(volumes, inside.points.len().div_ceil(each)))
            .map(|(_, r)| (r[axes.0] as f32, r[axes.1] as f32))
            .collect()
    };
    let two = [spread[axes.0], spread[axes.1]];
    let outline = |m: &Moments| {
        m.of(&[axes.0, axes.1])
            .gaussian(&two)
            .map_or(Vec::new(), |g| ellipse(&g))
    };
    Scatter {
        axes,
        points: counted.iter().map(points).collect(),
        ellipses: moments.iter().map(outline).collect(),
    }
}

/// The points two standard deviations from the mean of a Gaussian of two
/// attributes: its mean plus twice the Cholesky factor times a circle.
fn ellipse(gaussian: &Component) -> Vec<(f64, f64)> {
    let [a, b, c] = gaussian.covariance[..] else {
        return Vec::new();
    };
    let l = a.max(0.0).sqrt();
    let m = if l > 0.0 { b / l } else { 0.0 };
    let k = (c - m * m).max(0.0).sqrt();
    (0..64)
        .map(|i| {
            let (sin, cos) = (std::f64::consts::TAU * f64::from(i) / 64.0).sin_cos();
            (
                gaussian.mean[0] + 2.0 * l * cos,
                gaussian.mean[1] + 2.0 * (m * cos + k * sin),
            )
        })
        .collect()
}

/// What is odd about the active polygon.
fn look_closely(
    question: &Question,
    gathered: &Gathered,
    gaussians: &[Option<Component>],
    answer: &mut Separability,
) {
    let active = question.active.as_deref();
    let polygon = question
        .polygons
        .iter()
        .find(|p| Some(p.id.as_str()) == active);
    let Some((polygon, inside)) = polygon.and_then(|p| Some((p, gathered.inside(&p.id)?))) else {
        return;
    };
    let Some(m) = question.facies.iter().position(|f| *f == polygon.facies) else {
        return;
    };
    let d = question.attributes.len();
    let voxels = answer.facies[m].voxels;
    if voxels < ENOUGH * d {
        answer.findings.push(Finding::FewVoxels {
            facies: polygon.facies.clone(),
            voxels,
            attributes: d,
        });
    }
    for (name, volume) in &question.attributes {
        let Some(values) = inside.values.get(volume).filter(|v| !v.is_empty()) else {
            continue;
        };
        let live = values.iter().filter(|v| !v.is_nan());
        let (low, high) = live.fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), v| {
            (l.min(*v), h.max(*v))
        });
        if low > high {
            answer.findings.push(Finding::Absent(name.clone()));
        } else if low == high && values.len() > 1 {
            answer.findings.push(Finding::Constant(name.clone()));
        }
    }
    if let Some(gaussian) = &gaussians[m] {
        let limit = chi_square(d);
        let volumes: Vec<VolumeId> = question.attributes.iter().map(|(_, v)| *v).collect();
        let far = inside.rows(&volumes, 1);
        let far = far.filter(|(_, row)| mahalanobis(gaussian, row) > limit);
        let far: Vec<(f64, f64)> = far.map(|(i, _)| inside.points[i]).collect();
        if !far.is_empty() {
            answer.findings.push(Finding::Outliers(far.len()));
        }
        answer.outliers = far.into_iter().take(MARKED).collect();
    }
}

/// The value that a chi-square of `d` degrees of freedom exceeds in one case of a
/// thousand (Wilson and Hilferty 1931; within 4 % from one degree on).
fn chi_square(d: usize) -> f64 {
    const Z: f64 = 3.090_232_306_167_813;
    let d = d as f64;
    let c = 2.0 / (9.0 * d);
    d * (1.0 - c + Z * c.sqrt()).powi(3)
}

/// Squared Mahalanobis distance of a row, by forward substitution through the
/// Cholesky factor; infinite where there is none.
fn mahalanobis(gaussian: &Component, row: &[f64]) -> f64 {
    let d = row.len();
    let at = |i: usize, j: usize| i * (i + 1) / 2 + j;
    let mut l = gaussian.covariance.clone();
    let mut z = vec![0.0; d];
    let mut sum = 0.0;
    for i in 0..d {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| l[at(i, k)] * l[at(j, k)]).sum();
            let rest = l[at(i, j)] - dot;
            if i == j {
                if rest <= 0.0 {
                    return f64::INFINITY;
                }
                l[at(i, i)] = rest.sqrt();
            } else {
                l[at(i, j)] = rest / l[at(j, j)];
            }
        }
        let dot: f64 = (0..i).map(|k| l[at(i, k)] * z[k]).sum();
        z[i] = (row[i] - gaussian.mean[i] - dot) / l[at(i, i)];
        sum += z[i] * z[i];
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_is_one_case_in_a_thousand() {
        // From tables: 10.828, 13.816, 16.266, 29.588.
        for (d, table) in [(1, 10.828), (2, 13.816), (3, 16.266), (10, 29.588)] {
            assert!((chi_square(d) / table - 1.0f64).abs() < 0.04, "{d}");
        }
        let gaussian = Component {
            weight: 1.0,
            mean: vec![1.0, 2.0],
            covariance: vec![4.0, 1.0, 3.0],
        };
        // (x - m)' S^-1 (x - m) with S^-1 = [3 -1; -1 4] / 11.
        let found = mahalanobis(&gaussian, &[3.0, 1.0]);
        assert!((found - (12.0 + 4.0 + 4.0) / 11.0).abs() < 1e-12);
        for (x, y) in ellipse(&gaussian) {
            assert!((mahalanobis(&gaussian, &[x, y]) - 4.0).abs() < 1e-9);
        }
    }
}
