//! What stands between two tokens: white space and comments.

/// The parts of a gap.
pub(crate) struct Gap<'s> {
    /// Its comments, in order.
    pub(crate) comments: Vec<Comment<'s>>,
    /// The white space behind the last comment, or all of the gap if there is none.
    pub(super) tail: &'s str,
}

/// A comment that is not a doc comment (those are tokens).
#[derive(Clone, Copy)]
pub(crate) struct Comment<'s> {
    pub(crate) text: &'s str,
    /// The white space in front of it.
    pub(super) before: &'s str,
    /// Whether something else follows on its last line.
    pub(super) ends_line: bool,
}

impl<'s> Gap<'s> {
    /// Takes a gap apart. Whatever is neither white space nor a comment ends it.
    pub(crate) fn parse(mut rest: &'s str) -> Self {
        let mut comments: Vec<Comment<'s>> = Vec::new();
        loop {
            let trimmed = rest.trim_start();
            let before = &rest[..rest.len() - trimmed.len()];
            if let Some(last) = comments.last_mut() {
                last.ends_line = before.contains('\n') || last.is_line();
            }
            let Some(length) = comment_length(trimmed) else {
                return Gap { comments, tail: before };
            };
            let (text, behind) = trimmed.split_at(length);
            comments.push(Comment { text, before, ends_line: true });
            rest = behind;
        }
    }

    /// Whether a text is a gap: white space and comments, nothing else.
    pub(crate) fn is_all_of(text: &str) -> bool {
        let gap = Gap::parse(text);
        let parts = gap.comments.iter().map(|comment| comment.before.len() + comment.text.len());
        parts.sum::<usize>() + gap.tail.len() == text.len()
    }

    /// Whether an empty line stands directly in front of the token behind the gap.
    pub(super) fn ends_blank(&self) -> bool {
        is_blank(self.tail)
    }
}

impl Comment<'_> {
    /// Whether it goes up to the end of its line.
    pub(super) fn is_line(&self) -> bool {
        self.text.starts_with("//")
    }

    /// Whether it begins its line.
    pub(super) fn own_line(&self) -> bool {
        self.before.contains('\n')
    }

    /// Whether an empty line stands in front of it.
    pub(super) fn after_blank(&self) -> bool {
        is_blank(self.before)
    }
}

/// Whether white space contains an empty line.
fn is_blank(space: &str) -> bool {
    space.matches('\n').count() > 1
}

/// The length of the comment at the beginning of a text, if there is one. Block comments nest.
fn comment_length(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        let line = text.find('\n').unwrap_or(text.len());
        return Some(text[..line].trim_end_matches('\r').len());
    }
    if !text.starts_with("/*") {
        return None;
    }
    let (mut depth, mut at) = (0usize, 0);
    while let Some(found) = text[at..].find(['/', '*']) {
        at += found;
        match text.as_bytes().get(at..at + 2) {
            Some(b"/*") => {
                depth += 1;
                at += 2;
            }
            Some(b"*/") => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => at += 1,
        }
    }
    Some(text.len())
}

#[cfg(test)]
mod tests {
    use super::Gap;

    fn comments(gap: &str) -> Vec<&str> {
        Gap::parse(gap).comments.iter().map(|comment| comment.text).collect()
    }

    #[test]
    fn block_comments_nest_and_line_comments_end_before_the_carriage_return() {
        assert_eq!(comments(" /* a /* b */ */ // c\r\n\t/**/"), ["/* a /* b */ */", "// c", "/**/"]);
        assert_eq!(comments("/*/ still open */ // x"), ["/*/ still open */", "// x"]);
        assert_eq!(comments("  \n\n "), [] as [&str; 0]);
    }

    #[test]
    fn a_comment_knows_whether_it_has_its_line_for_itself() {
        let gap = Gap::parse(" // trailing\n\n    // own\n    /* inline */ ");
        let flags: Vec<_> =
            gap.comments.iter().map(|c| (c.own_line(), c.after_blank(), c.ends_line)).collect();
        assert_eq!(flags, [(false, false, true), (true, true, true), (true, false, false)]);
        assert!(!gap.ends_blank());
    }
}
