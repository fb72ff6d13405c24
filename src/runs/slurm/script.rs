//! Batch scripts: readable, and safe whatever a path holds.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use super::super::{RunDirectory, RunError};
use super::{client, folder};
use crate::modules::{Module, ModuleError, Request, Values};

/// What the scripts of a stage are made of.
pub(super) struct Script<'a> {
    pub run: &'a RunDirectory,
    pub values: &'a Values,
    pub module: &'a str,
    pub stage: usize,
    pub name: &'a str,
    pub attempt: u32,
    pub minutes: u64,
}

/// Memory of a task besides the blocks that `memory` limits.
const BESIDES_MIB: f64 = 512.0;

impl Script<'_> {
    /// Of an array of tasks.
    pub(super) fn array(&self, tasks: usize) -> Result<Vec<u8>, RunError> {
        let lines = vec![format!("--array=0-{}", tasks - 1)];
        let out = format!("{}-{}-$SLURM_ARRAY_TASK_ID.out", self.stage, self.attempt);
        let task = "--task \"$SLURM_ARRAY_TASK_ID\"";
        self.text(self.name, &lines, &out, task)
    }

    /// Of the job that comes after an array.
    pub(super) fn dependent(&self, after: Option<u64>) -> Result<Vec<u8>, RunError> {
        let lines = after.map(|job| format!("--dependency=afterany:{job}"));
        let out = format!("{}-{}-reduce.out", self.stage, self.attempt);
        let name = format!("{}-reduce", self.name);
        self.text(
            &name,
            &lines.into_iter().collect::<Vec<_>>(),
            &out,
            "--reduce",
        )
    }

    fn text(
        &self,
        name: &str,
        lines: &[String],
        out: &str,
        option: &str,
    ) -> Result<Vec<u8>, RunError> {
        let program = std::env::current_exe()
            .map_err(RunError::system(self.run.path(), "finding the program"))?;
        let run = std::path::absolute(self.run.path()).map_err(RunError::system(
            self.run.path(),
            "finding the run directory",
        ))?;
        let threads = self.values.whole("threads").unwrap_or(1);
        let memory = self.values.memory_bytes() as f64 / f64::from(1 << 20) + BESIDES_MIB;
        let mut all = vec![
            format!(
                "--job-name=outcrop-{}-{}-{name}",
                self.run.number(),
                self.module
            ),
            "--output=/dev/null".to_owned(),
            "--chdir=/".to_owned(),
            format!("--cpus-per-task={threads}"),
            format!("--mem={memory:.0}M"),
            format!("--time={}", self.minutes),
        ];
        all.extend_from_slice(lines);
        for parameter in ["partition", "account"] {
            let value = self.values.text(parameter);
            if !value.is_empty() {
                all.push(format!("--{parameter}={value}"));
            }
        }
        all.extend(further(self.values));
        let mut text = b"#!/bin/bash\n".to_vec();
        for line in all {
            text.extend(format!("#SBATCH {line}\n").into_bytes());
        }
        text.extend(b"\n# Paths stand here and not above: Slurm would read some signs in them.\n");
        text.extend(b"run=");
        text.extend(quoted(run.as_os_str()));
        text.extend(b"\noutcrop=");
        text.extend(quoted(program.as_os_str()));
        // Inputs may be named relative to where the run was submitted.
        let here = std::env::current_dir().map_err(RunError::system(
            self.run.path(),
            "finding the working folder",
        ))?;
        text.extend(b"\ncd ");
        text.extend(quoted(here.as_os_str()));
        text.extend(b" || exit 1");
        text.extend(format!("\nexec >>\"$run/slurm/{out}\" 2>&1\n").bytes());
        let modules = self.values.words("environment");
        if !modules.is_empty() {
            text.extend(format!("module load {}\n", modules.join(" ")).bytes());
        }
        let (stage, attempt) = (self.stage, self.attempt);
        text.extend(
            format!(
                "exec \"$outcrop\" work --stage {stage} --attempt {attempt} {option} \"$run\"\n"
            )
            .bytes(),
        );
        Ok(text)
    }
}

/// The further options of sbatch, one each.
fn further(values: &Values) -> Vec<String> {
    let text = values.text("sbatch");
    let words = text.split_whitespace();
    let mut options: Vec<String> = Vec::new();
    for word in words {
        match options.last_mut() {
            Some(last) if !word.starts_with("--") => {
                last.push(' ');
                last.push_str(word);
            }
            _ => options.push(word.to_owned()),
        }
    }
    options
}

/// A word for the shell, whatever it holds.
fn quoted(word: &OsStr) -> Vec<u8> {
    let mut text = vec![b'\''];
    for byte in word.as_bytes() {
        match byte {
            b'\'' => text.extend(br"'\''"),
            other => text.push(*other),
        }
    }
    text.push(b'\'');
    text
}

/// Refuses options that a script could not hold, and machines without Slurm.
pub(in super::super) fn check(
    request: &Request,
    module: &'static dyn Module,
) -> Result<(), RunError> {
    let values = request.values(module)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:,+@".contains(c);
    let mut words = values.words("environment");
    words.push(values.text("partition").to_owned());
    words.push(values.text("account").to_owned());
    if let Some(word) = words.iter().find(|w| !w.chars().all(plain)) {
        let reason = format!("`{word}` holds signs that names on a cluster do not have");
        return Err(ModuleError::parameter("partition, account, environment", reason).into());
    }
    let options = further(&values);
    if let Some(option) = options.iter().find(|o| !o.starts_with("--")) {
        let reason = format!("`{option}` is no option; write --name=value");
        return Err(ModuleError::parameter("sbatch", reason).into());
    }
    let ours = ["--array", "--dependency", "--output", "--chdir", "--wrap"];
    if let Some(option) = options
        .iter()
        .find(|o| ours.iter().any(|p| o.starts_with(p)))
    {
        let reason = format!("`{option}` is set by the run itself");
        return Err(ModuleError::parameter("sbatch", reason).into());
    }
    client::check()
}

/// Where a task keeps what it tells: `<stage>-<attempt>-<task>.<extension>`.
pub(super) fn task_file(
    run: &RunDirectory,
    (stage, attempt, task): (usize, u32, usize),
    extension: &str,
) -> PathBuf {
    folder(run).join(format!("{stage}-{attempt}-{task}.{extension}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn any_path_is_safe_in_a_script() {
        let folder = tempfile::tempdir().unwrap();
        let name = "a b'c\"d\n$(touch owned);`x`*%j\\ü.runs";
        let path = folder.path().join(name).join("7-rfc3d");
        std::fs::create_dir_all(path.join("slurm")).unwrap();
        std::fs::write(path.join("request.ron"), "").unwrap();
        let run = RunDirectory::open(&path).unwrap();
        let settings = [
            ("partition", "main"),
            ("environment", "gcc/12 x"),
            ("sbatch", "--qos=a --gres gpu:1"),
        ];
        let settings: BTreeMap<String, String> = settings
            .iter()
            .map(|(a, b)| ((*a).into(), (*b).into()))
            .collect();
        let module = crate::modules::find("rfc3d").unwrap();
        let values = Values::check("rfc3d", module.parameters(), &settings).unwrap();
        let script = Script {
            run: &run,
            values: &values,
            module: "rfc3d",
            stage: 1,
            name: "folds",
            attempt: 2,
            minutes: 9,
        };
        let text = script.array(3).unwrap();
        let head = String::from_utf8_lossy(&text);
        for line in [
            "--array=0-2",
            "--partition=main",
            "--qos=a",
            "--gres gpu:1",
            "--time=9",
        ] {
            assert!(head.contains(&format!("#SBATCH {line}\n")), "{head}");
        }
        // A shell that runs it with another program gets the path as it is.
        let shown = String::from_utf8(text).unwrap();
        let body = shown
            .replace("exec \"$outcrop\"", "printf '%s|'")
            .replace("module load", ": module load");
        let status = std::process::Command::new("bash")
            .arg("-c")
            .arg(body)
            .env("SLURM_ARRAY_TASK_ID", "2")
            .current_dir(folder.path())
            .status()
            .unwrap();
        assert!(status.success());
        let said = std::fs::read_to_string(path.join("slurm/1-2-2.out")).unwrap();
        let expected = format!("work|--stage|1|--attempt|2|--task|2|{}|", path.display());
        assert_eq!(said, expected);
        assert!(!folder.path().join("owned").exists());
    }

    #[test]
    fn options_that_would_break_a_script_are_refused() {
        let module = crate::modules::find("rfc3d").unwrap();
        for (name, text) in [
            ("partition", "a b"),
            ("account", "x;y"),
            ("environment", "$(x)"),
            ("sbatch", "qos=x"),
            ("sbatch", "--array=0-9"),
        ] {
            let request = Request {
                module: "rfc3d".into(),
                settings: [(name.to_owned(), text.to_owned())].into(),
                ..Request::default()
            };
            let error = check(&request, module).unwrap_err();
            assert!(
                matches!(error, RunError::Module(ModuleError::Parameter { .. })),
                "{name} {text}: {error}"
            );
        }
    }
}
