//! The `tilegen` binary. The code is in the `cli` module of the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    tilegen::cli::main()
}
