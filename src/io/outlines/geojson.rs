//! GeoJSON (RFC 7946) for polygons of time slices.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::tables::positions;
use super::{Coordinates, IoError, PolygonFile, Raw, Survey};
use crate::model::{Direction, SliceKey, printable};

/// Reads the polygons of a feature, a collection or a bare geometry. Coordinates
/// are those of the map, unless a feature says `"coordinates": "lines"`
/// (crossline, inline). Of polygons with holes the outline is taken.
pub(super) fn read(path: &Path, text: &str) -> Result<Vec<Raw>, IoError> {
    let wrong = |line: usize, reason: String| IoError::Line {
        path: path.to_owned(),
        line,
        reason,
    };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| wrong(error.line(), printable(&error.to_string())))?;
    let mut found = Vec::new();
    let nothing = Map::new();
    match value.get("type").and_then(Value::as_str) {
        Some("FeatureCollection") => {
            let features = value.get("features").and_then(Value::as_array);
            for feature in features.into_iter().flatten() {
                read_feature(feature, &mut found);
            }
        }
        Some("Feature") => read_feature(&value, &mut found),
        Some(_) => read_geometry(&value, &nothing, &mut found),
        None => {
            return Err(wrong(
                1,
                "this JSON has no `type`; is it GeoJSON?".to_owned(),
            ));
        }
    }
    Ok(found)
}

fn read_feature(feature: &Value, found: &mut Vec<Raw>) {
    let nothing = Map::new();
    let properties = feature.get("properties").and_then(Value::as_object);
    if let Some(geometry) = feature.get("geometry") {
        read_geometry(geometry, properties.unwrap_or(&nothing), found);
    }
}

fn read_geometry(geometry: &Value, properties: &Map<String, Value>, found: &mut Vec<Raw>) {
    let coordinates = geometry.get("coordinates").and_then(Value::as_array);
    let Some(coordinates) = coordinates else {
        return;
    };
    match geometry.get("type").and_then(Value::as_str) {
        Some("Polygon") => found.extend(coordinates.first().map(|r| raw(r, properties))),
        Some("MultiPolygon") => {
            let outlines = coordinates.iter().filter_map(|p| p.get(0));
            found.extend(outlines.map(|ring| raw(ring, properties)));
        }
        _ => {}
    }
}

fn raw(ring: &Value, properties: &Map<String, Value>) -> Raw {
    let text = |key: &str| properties.get(key).and_then(Value::as_str).map(printable);
    let time = properties.get("time").and_then(Value::as_f64);
    let lines = properties.get("coordinates").and_then(Value::as_str) == Some("lines");
    let mut raw = Raw::new(if lines {
        Coordinates::Lines
    } else {
        Coordinates::Map
    });
    raw.facies = text("facies");
    raw.name = text("name");
    raw.origin.author = text("author");
    raw.origin.date = text("date");
    let confidence = properties.get("confidence").and_then(Value::as_u64);
    raw.origin.confidence = confidence.filter(|c| *c <= 100).map(|c| c as u8);
    raw.origin.interpolated = properties.get("interpolated") == Some(&Value::Bool(true));
    raw.slice = time.map(SliceKey::Time);
    for point in ring.as_array().into_iter().flatten() {
        let number = |i: usize| point.get(i).and_then(Value::as_f64);
        if let (Some(p), Some(q)) = (number(0), number(1)) {
            let z = number(2).or(time).unwrap_or(0.0);
            // GeoJSON says x first: with lines that is the crossline.
            raw.points.push(if lines { [q, p, z] } else { [p, q, z] });
        }
    }
    raw
}

/// A feature collection of the polygons on time slices, and how many others
/// there are.
pub(super) fn text(files: &[PolygonFile], survey: &Survey) -> (String, usize) {
    let mut features = Vec::new();
    let mut left = 0;
    for file in files {
        for polygon in &file.polygons {
            if polygon.slice.direction() != Direction::Time {
                left += 1;
                continue;
            }
            let mut ring: Vec<Value> = positions(polygon)
                .iter()
                .map(|[inline, crossline, _]| match &survey.map {
                    Some(map) => {
                        let (x, y) = map.place(*inline, *crossline);
                        json!([x, y])
                    }
                    None => json!([crossline, inline]),
                })
                .collect();
            ring.extend(ring.first().cloned());
            let mut properties = Map::new();
            properties.insert("facies".into(), json!(file.facies.name));
            properties.insert("time".into(), json!(polygon.slice.number()));
            let lines = if survey.map.is_some() { "map" } else { "lines" };
            properties.insert("coordinates".into(), json!(lines));
            let origin = &polygon.origin;
            let texts = [
                ("name", &polygon.name),
                ("author", &origin.author),
                ("date", &origin.date),
            ];
            for (key, text) in texts {
                properties.extend(text.as_ref().map(|t| (key.to_owned(), json!(t))));
            }
            properties.extend(
                origin
                    .confidence
                    .map(|c| ("confidence".to_owned(), json!(c))),
            );
            if origin.interpolated {
                properties.insert("interpolated".into(), json!(true));
            }
            features.push(json!({
                "type": "Feature",
                "properties": properties,
                "geometry": { "type": "Polygon", "coordinates": [ring] },
            }));
        }
    }
    let collection = json!({ "type": "FeatureCollection", "features": features });
    (format!("{collection:#}\n"), left)
}
