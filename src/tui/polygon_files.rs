//! Polygon files out of the session and into it, with the words for the footer.

use crate::io::{
    OutlineFormat, OutlineOptions, Survey, read_outlines, read_polygons, write_outlines,
    write_polygons,
};
use crate::session::Workspace;

use super::action::PolygonJob;

/// Does what was asked with a polygon file; gives what to say.
///
/// A file that exists is never replaced by `write`: `append` adds to it.
pub fn polygon_file(workspace: &mut Workspace, job: &PolygonJob) -> Result<String, String> {
    match job {
        PolygonJob::Write { facies, path } => {
            if path.exists() {
                return Err(format!(
                    "{}: exists already; :polygons append adds to it",
                    path.display()
                ));
            }
            let file = (workspace.session().polygon_file(facies)).map_err(|e| e.to_string())?;
            write_polygons(path, &file).map_err(|e| e.to_string())?;
            let n = file.polygons.len();
            Ok(format!(
                "wrote {n} polygons of {facies} to {}",
                path.display()
            ))
        }
        PolygonJob::Append { path } => {
            let (mut file, warnings) = read_polygons(path).map_err(|e| e.to_string())?;
            let added = (workspace.session().append_to(&mut file)).map_err(|e| e.to_string())?;
            write_polygons(path, &file).map_err(|e| e.to_string())?;
            let facies = &file.facies.name;
            let said = format!("added {added} polygons of {facies} to {}", path.display());
            Ok(with_warnings(said, &warnings))
        }
        PolygonJob::Import { path, slice } => {
            let session = workspace.session();
            let options = OutlineOptions {
                classes: session.facies.iter().map(|f| f.name.clone()).collect(),
                slice: *slice,
                ..OutlineOptions::default()
            };
            let (files, warnings) =
                read_outlines(path, &survey(workspace), &options).map_err(|e| e.to_string())?;
            let import = session.import_all(&files).map_err(|e| e.to_string())?;
            workspace.apply(import.edit).map_err(|e| e.to_string())?;
            let n = files.len();
            let said = format!("{} polygons of {n} facies taken in", import.added);
            Ok(with_warnings(said, &warnings))
        }
        PolygonJob::Export { path } => {
            if path.exists() {
                let path = path.display();
                return Err(format!("{path}: exists already; choose another name"));
            }
            let session = workspace.session();
            let files = (session.facies.iter())
                .map(|f| session.polygon_file(&f.name))
                .collect::<Result<Vec<_>, _>>()
                .map_err(|e| e.to_string())?;
            let format = OutlineFormat::of(path);
            let (n, warnings) = write_outlines(path, format, &files, &survey(workspace))
                .map_err(|e| e.to_string())?;
            let said = format!(
                "wrote {n} polygons to {} as {}",
                path.display(),
                format.word()
            );
            Ok(with_warnings(said, &warnings))
        }
        PolygonJob::Read { path } => {
            let (file, warnings) = read_polygons(path).map_err(|e| e.to_string())?;
            let import = (workspace.session().import(&file)).map_err(|e| e.to_string())?;
            workspace.apply(import.edit).map_err(|e| e.to_string())?;
            let known = match import.known {
                0 => String::new(),
                n => format!(", {n} were here already"),
            };
            let facies = &file.facies.name;
            let said = format!("{} polygons of {facies} taken in{known}", import.added);
            Ok(with_warnings(said, &warnings))
        }
    }
}

/// The survey of the session's volume, as far as it can be read.
fn survey(workspace: &Workspace) -> Survey {
    let session = workspace.session();
    let volume = (session.amplitude()).or(session.volumes.first());
    let known = volume.and_then(|volume| {
        let path = workspace.places().folder().join(&volume.path);
        Survey::of(&path, &volume.open).ok()
    });
    known.unwrap_or_else(Survey::nowhere)
}

fn with_warnings(said: String, warnings: &[String]) -> String {
    match warnings {
        [] => said,
        [one] => format!("{said}; {one}"),
        [first, rest @ ..] => format!("{said}; {first} and {} more warnings", rest.len()),
    }
}
