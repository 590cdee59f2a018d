//! Builds one component: `package PATH [OUT]`. The same as `gardesh component build`, for
//! when only this crate is built.

use std::process::ExitCode;

use gardesh_packager::{BuildRequest, Progress, build};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: package PATH [OUT]");
        return ExitCode::from(2);
    };
    let request = BuildRequest {
        path: path.into(),
        out: arguments.next().map(Into::into),
    };
    let show = &mut |progress| match progress {
        Progress::Stage(text) => eprintln!("== {text}"),
        Progress::Line(text) => eprintln!("   {text}"),
    };
    match build(&request, show) {
        Ok(built) => {
            println!(
                "{}: {} of {} bytes, imports {}",
                built.path.display(),
                built.world,
                built.bytes,
                built.imports.join(", ")
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
