//! A module of one function, which says what rustc was told of the target: `told.told()`.

use std::ffi::{c_char, c_int, c_long, c_void};
use std::ptr::null_mut;

#[repr(C)]
pub struct PyObject {
    references: isize,
    kind: *mut c_void,
}

#[repr(C)]
struct PyMethodDef {
    name: *const c_char,
    function: Option<unsafe extern "C" fn(*mut PyObject, *mut PyObject) -> *mut PyObject>,
    flags: c_int,
    doc: *const c_char,
}

#[repr(C)]
struct PyModuleDef {
    object: PyObject,
    init: *mut c_void,
    index: isize,
    copy: *mut PyObject,
    name: *const c_char,
    doc: *const c_char,
    size: isize,
    methods: *mut PyMethodDef,
    slots: *mut c_void,
    traverse: *mut c_void,
    clear: *mut c_void,
    free: *mut c_void,
}

const METH_NOARGS: c_int = 4;
const PYTHON_API_VERSION: c_int = 1013;

extern "C" {
    fn PyModule_Create2(definition: *mut PyModuleDef, version: c_int) -> *mut PyObject;
    fn PyUnicode_FromStringAndSize(text: *const c_char, size: isize) -> *mut PyObject;
}

/// Unwinds through a thread, so that the wheel shows that its unwinder works.
fn survives_a_panic() -> bool {
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::spawn(|| panic!("as it should")).join().is_err()
}

unsafe extern "C" fn told(_: *mut PyObject, _: *mut PyObject) -> *mut PyObject {
    let text = format!(
        "told:machine={};libc={};byte_order={};pointer={};long={};panics={}",
        std::env::consts::ARCH,
        if cfg!(target_env = "musl") { "musl" } else { "glibc" },
        if cfg!(target_endian = "big") { "big" } else { "little" },
        std::mem::size_of::<*const u8>(),
        std::mem::size_of::<c_long>(),
        survives_a_panic(),
    );
    PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len() as isize)
}

static mut METHODS: [PyMethodDef; 2] = [
    PyMethodDef {
        name: b"told\0".as_ptr().cast(),
        function: Some(told),
        flags: METH_NOARGS,
        doc: b"What the build was told.\0".as_ptr().cast(),
    },
    PyMethodDef { name: null_mut(), function: None, flags: 0, doc: null_mut() },
];

static mut MODULE: PyModuleDef = PyModuleDef {
    object: PyObject { references: 1, kind: null_mut() },
    init: null_mut(),
    index: 0,
    copy: null_mut(),
    name: b"_core\0".as_ptr().cast(),
    doc: null_mut(),
    size: -1,
    methods: null_mut(),
    slots: null_mut(),
    traverse: null_mut(),
    clear: null_mut(),
    free: null_mut(),
};

/// What Python calls to import the module.
///
/// # Safety
/// Python calls it once, with its lock held.
#[no_mangle]
pub unsafe extern "C" fn PyInit__core() -> *mut PyObject {
    MODULE.methods = std::ptr::addr_of_mut!(METHODS).cast();
    PyModule_Create2(std::ptr::addr_of_mut!(MODULE), PYTHON_API_VERSION)
}
