//! The new text as edits: tokens that keep their order stay where they are, and what differs between two of them is
//! an edit, without the part that is equal at its beginning and end.
use std::ops::Range;

use super::TextEdit;
use super::layout::Segment;
use super::source::Source;

/// The edits that turn the text of an item into the printed one.
pub(super) fn edits(source: &Source<'_>, item: &Range<usize>, printed: &[Segment<'_>]) -> Vec<TextEdit> {
    let whole = source.bytes(item);
    let stay = in_place(printed);
    let mut edits = Vec::new();
    let mut from = whole.start;
    let mut new = String::new();
    for (at, segment) in printed.iter().enumerate() {
        match segment.token {
            Some(token) if stay[at] => {
                let range = source.range(token);
                push(&mut edits, source.text, from..range.start, &new);
                new.clear();
                from = range.end;
            }
            _ => new.push_str(&segment.text),
        }
    }
    push(&mut edits, source.text, from..whole.end, &new);
    edits
}

/// Which segments are tokens that stay: the most that stand in the order of the source.
fn in_place(printed: &[Segment<'_>]) -> Vec<bool> {
    // For each length, the run of that length that ends with the smallest token, by the place of its last segment.
    let mut ends: Vec<(usize, usize)> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; printed.len()];
    for (at, segment) in printed.iter().enumerate() {
        let Some(token) = segment.token else { continue };
        let length = ends.partition_point(|(last, _)| *last < token);
        before[at] = length.checked_sub(1).map(|shorter| ends[shorter].1);
        match ends.get_mut(length) {
            Some(end) => *end = (token, at),
            None => ends.push((token, at)),
        }
    }
    let mut stay = vec![false; printed.len()];
    let mut next = ends.last().map(|(_, at)| *at);
    while let Some(at) = next {
        stay[at] = true;
        next = before[at];
    }
    stay
}

/// Adds the edit of one stretch, if there is one.
fn push(edits: &mut Vec<TextEdit>, text: &str, range: Range<usize>, new: &str) {
    let old = &text[range.clone()];
    let prefix = common(old.chars(), new.chars());
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let suffix = common(old.chars().rev(), new.chars().rev());
    let range = range.start + prefix..range.end - suffix;
    let new = &new[..new.len() - suffix];
    if !range.is_empty() || !new.is_empty() {
        edits.push(TextEdit { range, new: new.to_owned() });
    }
}

/// The length of what two texts have in common at one end.
fn common(a: impl Iterator<Item = char>, b: impl Iterator<Item = char>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
}
