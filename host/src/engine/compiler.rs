//! The compiler in a process of its own, and the reader of components before it.
//!
//! Neither can be interrupted, and a component that was made for them can keep them busy for minutes, have
//! them take all memory, or find a mistake in them. So what is not built in is read and compiled by the same
//! program run again, under the operating system's limits: it comes to an end whatever it is given. The
//! child gets the component on its standard input and gives what it made of it (the report, or the code)
//! on its standard output; its environment is empty.

use super::config;
use crate::admission::{self, Admission};
use crate::error::{Error, Problem};
use rustix::process::{Resource, Rlimit, nice, setrlimit};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use wasmtime::Engine;

/// The argument by which a program knows that it was started to compile.
pub const COMPILES: &str = "__compile-component";

/// What it does, as its next argument.
const EXAMINE: &str = "examine";
const COMPILE: &str = "compile";

/// What the child may write: far more than the code of any connector.
const MAX_CODE: u64 = 256 << 20;
/// What it may say about a component that it cannot compile.
const MAX_COMPLAINT: u64 = 4 << 10;
/// How often the parent looks whether the child has ended.
const LOOK: Duration = Duration::from_millis(2);
/// How much the child gives way to others; 19 is all.
const NICE: i32 = 10;
/// The exit code for a component that cannot be compiled; what it said tells why.
const REFUSED: u8 = 3;

/// A program that compiles components when it is started with [`COMPILES`], and what it may use up.
#[derive(Debug, Clone)]
pub struct Compiler {
    /// The program, which calls [`compile_if_asked`] before anything else.
    pub program: PathBuf,
    /// Time for one component. A connector in JavaScript takes 6 s on a small machine.
    pub time: Duration,
    /// Memory for one component, in bytes. The same takes 350 MiB.
    pub memory: usize,
}

impl Compiler {
    /// With limits that suit connectors of all languages.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            time: Duration::from_secs(60),
            memory: 2 << 30,
        }
    }

    /// The program that runs now.
    pub fn this_program() -> io::Result<Self> {
        // By its inode where the system has that: the file may be replaced while it runs.
        let running = Path::new("/proc/self/exe");
        Ok(match running.exists() {
            true => Self::new(running),
            false => Self::new(std::env::current_exe()?),
        })
    }

    /// The report on a component.
    pub(super) fn examine(&self, wasm: &[u8]) -> Result<Admission, Error> {
        // Without a look at the bytes: there are none to be sent.
        if let Some(report) = admission::refused_by_size(wasm) {
            return Ok(report);
        }
        let report = match self.run(EXAMINE, wasm, false) {
            Ok(report) => report,
            Err(Error::NotAdmitted(problem)) => return Ok(admission::refused(wasm, &problem)),
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&report).map_err(|error| self.broken(io::Error::other(error)))
    }

    /// `pooling` must be that of the engine that loads the code.
    pub(super) fn compile(&self, wasm: &[u8], pooling: bool) -> Result<Vec<u8>, Error> {
        self.run(COMPILE, wasm, pooling)
    }

    fn broken(&self, error: io::Error) -> Error {
        Error::Host(
            Problem::new("the compiler of connectors cannot be run in a process of its own")
                .with_detail(format!("{}: {error}", self.program.display())),
        )
    }

    fn run(&self, task: &str, wasm: &[u8], pooling: bool) -> Result<Vec<u8>, Error> {
        let broken = |error| self.broken(error);
        let mut child = Command::new(&self.program)
            .args([COMPILES, task])
            .args([
                self.time.as_secs().max(1).to_string(),
                self.memory.to_string(),
                u64::from(pooling).to_string(),
            ])
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(broken)?;
        let (input, output, complaint) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let end = std::thread::scope(|scope| {
            scope.spawn(move || {
                // It may end before it has read all: then its end says why.
                let _ = input.map(|mut input| input.write_all(wasm));
            });
            let code = scope.spawn(move || read(output, MAX_CODE));
            let complaint = scope.spawn(move || read(complaint, MAX_COMPLAINT));
            let status = self.wait(&mut child);
            let code = code.join().unwrap_or_default();
            (status, code, complaint.join().unwrap_or_default())
        });
        let (status, code, complaint) = end;
        let refused = |why: String| Err(Error::NotAdmitted(Problem::new(why)));
        let Some(status) = status.map_err(broken)? else {
            return refused(self.overran());
        };
        match status.code() {
            Some(0) => Ok(code),
            Some(code) if code == i32::from(REFUSED) => Err(Error::NotAdmitted(
                Problem::new("this is not a WebAssembly component that can be compiled")
                    .with_detail(String::from_utf8_lossy(&complaint).into_owned()),
            )),
            Some(code) => Err(broken(io::Error::other(format!(
                "it ended with {code}: {}",
                String::from_utf8_lossy(&complaint)
            )))),
            // Killed by the system: for its time, or because no memory was left.
            None => refused(self.overran()),
        }
    }

    fn overran(&self) -> String {
        format!(
            "takes the compiler more than {} s, or more than {} MiB of memory, and was stopped: no connector \
             needs that, it is damaged or made to do harm",
            self.time.as_secs_f32(),
            self.memory >> 20
        )
    }

    /// How the child ended; none where it had to be ended.
    fn wait(&self, child: &mut Child) -> io::Result<Option<std::process::ExitStatus>> {
        let start = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if start.elapsed() > self.time {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            std::thread::sleep(LOOK);
        }
    }
}

fn read(from: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(from) = from {
        // Cut off, it is no code that loads.
        let _ = from.take(most).read_to_end(&mut bytes);
    }
    bytes
}

/// For the `main` of a program that is named in a [`Compiler`]: where it was started to compile, does that,
/// and the program must end with what this returns.
pub fn compile_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() != Some(COMPILES) {
        return None;
    }
    let task = arguments.next();
    let mut number = || arguments.next()?.parse::<u64>().ok();
    let limits = (|| Some((number()?, number()?, number()? == 1)))();
    Some(match work_here(task.as_deref(), limits) {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, why)) => {
            eprint!("{why}");
            ExitCode::from(code)
        }
    })
}

fn work_here(task: Option<&str>, limits: Option<(u64, u64, bool)>) -> Result<(), (u8, String)> {
    let broken = |error: &dyn std::fmt::Display| (1, error.to_string());
    let (seconds, memory, pooling) = limits.ok_or((1, "no limits".to_owned()))?;
    // Address space is not counted: the engine reserves much, and uses none of that here.
    for (resource, limit) in [
        // All its threads together.
        (Resource::Cpu, seconds.saturating_mul(2)),
        (Resource::Data, memory),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(limit),
            maximum: Some(limit),
        };
        setrlimit(resource, limit).map_err(|error| broken(&error))?;
    }
    nice(NICE).map_err(|error| broken(&error))?;
    let mut wasm = Vec::new();
    io::stdin()
        .read_to_end(&mut wasm)
        .map_err(|error| broken(&error))?;
    let made = match task {
        Some(EXAMINE) => {
            serde_json::to_vec(&admission::examine(&wasm)).map_err(|error| broken(&error))?
        }
        Some(COMPILE) => {
            // Of the same configuration as the parent's, or its code would not load there.
            let engine =
                Engine::new(&config(pooling)).map_err(|error| broken(&format!("{error:#}")))?;
            engine
                .precompile_component(&wasm)
                .map_err(|error| (REFUSED, format!("{error:#}")))?
        }
        _ => return Err(broken(&"an unknown task")),
    };
    io::stdout()
        .write_all(&made)
        .map_err(|error| broken(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that does something else than to read components.
    fn program(folder: &Path, script: &str) -> Compiler {
        use std::os::unix::fs::PermissionsExt as _;
        let path = folder.join("program");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        Compiler {
            time: Duration::from_secs(1),
            ..Compiler::new(path)
        }
    }

    #[test]
    fn a_reader_that_crashes_or_never_ends_takes_nobody_along() {
        let folder = tempfile::tempdir().unwrap();
        for script in ["kill -SEGV $$", "sleep 100"] {
            let report = program(folder.path(), script).examine(b"\0asm").unwrap();
            assert!(
                report.problems[0].contains("was stopped"),
                "{script}: {report}"
            );
            assert_eq!(report.size, 4);
        }
        for script in ["echo no report", "exit 1"] {
            let error = program(folder.path(), script)
                .examine(b"\0asm")
                .unwrap_err();
            assert_eq!(error.code(), "host", "{script}");
        }
    }

    #[test]
    fn what_is_far_too_large_is_given_to_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let nobody = Compiler::new(folder.path().join("nobody"));
        let report = nobody.examine(&vec![0; (64 << 20) + 1]).unwrap();
        assert!(report.problems[0].contains("65 MiB"), "{report}");
        assert!(nobody.examine(b"").is_err());
    }
}
