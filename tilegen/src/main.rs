//! The binary `tilegen`; everything is in the library's `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tilegen::cli::main()
}
