//! C functions that are written at run time, by the C library libffi.
use super::passed::{Arguments, Returned, Scalar};
use super::{Args, Ret, answer};
use crate::ffi::cfn::{Absent, CFn};
use libffi::low::{self, ffi_cif, ffi_type, types};
use libffi::raw;
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One function, with its cell. It is never freed, so that a pointer to it never dangles; see `Libffi`.
pub(super) struct Code {
    pub(super) key: AtomicUsize,
    /// Where the function begins.
    entry: *const c_void,
    /// What libffi knows of the function's type. Read by the code as long as it lives; written before it does.
    interface: UnsafeCell<MaybeUninit<ffi_cif>>,
    arguments: UnsafeCell<Box<[*mut ffi_type]>>,
}

// SAFETY: the entry is an address of code; what is in the `UnsafeCell`s is not written any more once others see it.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl Code {
    /// Writes a function of type `F`. `None` if the system gives no memory for code.
    pub(super) fn write<F>() -> Option<&'static Self>
    where
        F: CFn<Absent, Args: Arguments, Ret: Returned>,
    {
        let (closure, code) = low::try_closure_alloc()?;
        let arguments: Box<[*mut ffi_type]> =
            <Args<F>>::AS.iter().map(|scalar| described(Some(*scalar))).collect();
        let it = Box::into_raw(Box::new(Code {
            key: AtomicUsize::new(0),
            entry: code.as_ptr(),
            interface: UnsafeCell::new(MaybeUninit::uninit()),
            arguments: UnsafeCell::new(arguments),
        }));
        // SAFETY: all of it is new, and ours until it is returned.
        let written = unsafe {
            let interface = (*it).interface.get().cast::<ffi_cif>();
            let arguments = &mut *(*it).arguments.get();
            let abi = low::ffi_abi_FFI_DEFAULT_ABI;
            let result = described(<Ret<F>>::AS);
            low::prep_cif(interface, abi, arguments.len(), result, arguments.as_mut_ptr()).is_ok()
                && raw::ffi_prep_closure_loc(closure, interface, Some(run::<F>), it.cast(), code.as_mut_ptr())
                    == raw::ffi_status_FFI_OK
        };
        if written {
            // SAFETY: from a box that is not freed.
            return Some(unsafe { &*it });
        }
        // SAFETY: nobody else has heard of either.
        unsafe {
            low::closure_free(closure);
            drop(Box::from_raw(it));
        }
        None
    }

    /// The function as a pointer.
    ///
    /// # Safety
    ///
    /// It was written as an `F`, which is a function pointer, nullable or not.
    pub(super) unsafe fn function<F: CFn<Absent>>(&self) -> F {
        const { assert!(size_of::<F>() == size_of::<*const c_void>(), "a function pointer is a pointer") };
        // SAFETY: by contract; the address is not null.
        unsafe { std::mem::transmute_copy(&self.entry) }
    }
}

/// What libffi calls a scalar; `None` is `void`.
fn described(scalar: Option<Scalar>) -> *mut ffi_type {
    // They are statics of libffi, to which it wants `*mut` and does not write.
    match scalar {
        None => &raw mut types::void,
        Some(Scalar::I8) => &raw mut types::sint8,
        Some(Scalar::I16) => &raw mut types::sint16,
        Some(Scalar::I32) => &raw mut types::sint32,
        Some(Scalar::I64) => &raw mut types::sint64,
        Some(Scalar::U8) => &raw mut types::uint8,
        Some(Scalar::U16) => &raw mut types::uint16,
        Some(Scalar::U32) => &raw mut types::uint32,
        Some(Scalar::U64) => &raw mut types::uint64,
        Some(Scalar::F32) => &raw mut types::float,
        Some(Scalar::F64) => &raw mut types::double,
        Some(Scalar::Pointer) => &raw mut types::pointer,
    }
}

/// Where every function of type `F` that was written leads to. Does not unwind.
///
/// # Safety
///
/// For libffi only: `code` is the one of a function of this type, the others are as libffi describes them.
unsafe extern "C" fn run<F>(
    _interface: *mut ffi_cif,
    result: *mut c_void,
    args: *mut *mut c_void,
    code: *mut c_void,
) where
    F: CFn<Absent, Args: Arguments, Ret: Returned>,
{
    // SAFETY: it lives for ever.
    let code = unsafe { &*code.cast::<Code>() };
    // ORDERING: publishes nothing: what the key stands for is published by the key table.
    let key = code.key.load(Ordering::Relaxed);
    // SAFETY: libffi has them from C, as these types.
    let args = unsafe { <Args<F>>::read(args) };
    let said = answer::<F>(key, args);
    // SAFETY: libffi has made room for the type, and for a register at least.
    unsafe { said.write(result) };
}
