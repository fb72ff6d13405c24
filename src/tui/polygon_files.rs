//! Polygon files out of the session and into it, with the words for the footer.

use crate::io::{read_polygons, write_polygons};
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

fn with_warnings(said: String, warnings: &[String]) -> String {
    match warnings {
        [] => said,
        [one] => format!("{said}; {one}"),
        [first, rest @ ..] => format!("{said}; {first} and {} more warnings", rest.len()),
    }
}
