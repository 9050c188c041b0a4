//! Sums, an error and a panic that become exceptions of Python, and what PyO3 was told of the target.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

#[pyfunction]
fn sum(numbers: Vec<i64>) -> PyResult<i64> {
    numbers
        .iter()
        .try_fold(0i64, |sum, number| sum.checked_add(*number))
        .ok_or_else(|| PyValueError::new_err("too large"))
}

#[pyfunction]
fn panic() {
    panic!("as it should");
}

#[pyfunction]
fn told() -> (&'static str, usize, bool) {
    (
        std::env::consts::ARCH,
        std::mem::size_of::<usize>(),
        cfg!(target_endian = "big"),
    )
}

#[pymodule]
fn sums(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(sum, module)?)?;
    module.add_function(wrap_pyfunction!(panic, module)?)?;
    module.add_function(wrap_pyfunction!(told, module)?)
}
