//! Panics of the `parquet` and `arrow` crates become errors.
//!
//! Both crates are meant to return errors for damaged files, but some of their checks are assertions. The
//! reader that panicked is dropped and never used again, so no broken invariant of it is visible
//! (`UnwindSafe`). Code of this crate that panics is a bug, and is not guarded.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

thread_local! {
    /// Whether a panic of this thread becomes an error, so that nothing is printed.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Calls `work` and returns the message of a panic as an error. The caller must not use anything that
/// `work` was changing when it panicked.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IS_GUARDED.get() {
                print(info);
            }
        }));
    });
    let outer = IS_GUARDED.replace(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    IS_GUARDED.set(outer);
    result.map_err(|cause| message(cause.as_ref()))
}

/// The message of a panic in one line.
fn message(cause: &(dyn Any + Send)) -> String {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or_default();
    text.lines().next().filter(|line| !line.is_empty()).unwrap_or("no reason given").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let numbers = [1];
        let index = std::hint::black_box(3);
        let error = guarded(|| numbers[index]).unwrap_err();
        assert!(error.contains("out of bounds"), "{error}");
        assert_eq!(guarded(|| numbers[0]), Ok(1));
        assert!(!IS_GUARDED.get());
    }
}
