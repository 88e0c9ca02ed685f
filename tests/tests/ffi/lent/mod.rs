//! Callbacks without user data, with both lenders of C functions: the same cases run with slots and with functions made at run time.
mod few;
#[cfg(feature = "libffi")]
mod made;
mod slots;
