//! The two emitters: pieces to tokens, and pieces to edits over the source.
#[cfg(feature = "text")]
pub mod text;
pub mod tokens;
