//! Pieces to edits over the original source.
