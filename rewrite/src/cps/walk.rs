//! Walks over the CPS tree.
use super::tree::{Answer, Await, Last, Otherwise, Seq, Shape, Step, Way};

/// All suspensions of a sequence, at any depth.
pub(crate) fn suspensions<'s, 'a>(seq: &'s Seq<'a>, see: &mut impl FnMut(&'s Await<'a>)) {
    ends(seq, &mut |last| match last {
        Last::Await(suspension) => see(suspension),
        Last::CountDown(join) => join.calls().for_each(&mut *see),
        Last::FirstWins(race) => race.calls().for_each(&mut *see),
        Last::Repeated(repeated) => see(&repeated.events),
        Last::Open | Last::Diverges | Last::Answer(_) | Last::Branch(..) | Last::Taken(_) => {}
    });
}

/// All answers of a sequence, at any depth.
pub(crate) fn answers<'s, 'a>(seq: &'s Seq<'a>, see: &mut impl FnMut(&'s Answer<'a>)) {
    ends(seq, &mut |last| {
        if let Last::Answer(answer) = last {
            see(answer);
        }
    });
}

/// How a sequence ends, and how the sequences in it do.
pub(crate) fn ends<'s, 'a>(seq: &'s Seq<'a>, see: &mut dyn FnMut(&'s Last<'a>)) {
    for step in &seq.steps {
        match step {
            Step::Fork(branch) => ways(&branch.shape, &mut |way| ends(way, see)),
            Step::Join(point) => ends(&point.body, see),
            Step::Plain(_) | Step::Alias => {}
        }
    }
    see(&seq.last);
    match &seq.last {
        Last::Await(suspension) => suspension.callbacks.iter().for_each(|callback| ends(&callback.body, see)),
        Last::Repeated(repeated) => {
            repeated.events.callbacks.iter().for_each(|callback| ends(&callback.body, see));
        }
        Last::FirstWins(race) => {
            let callbacks = race.calls().flat_map(|call| &call.callbacks);
            callbacks.for_each(|callback| ends(&callback.body, see));
        }
        Last::Taken(taken) => ends(&taken.then, see),
        Last::Branch(branch, _) => ways(&branch.shape, &mut |way| ends(way, see)),
        Last::CountDown(join) => ends(&join.zero, see),
        Last::Open | Last::Diverges | Last::Answer(_) => {}
    }
}

/// The ends to which a sequence gets first: those behind a suspension come later.
pub(crate) fn first_ends<'s, 'a>(seq: &'s Seq<'a>, see: &mut dyn FnMut(&'s Last<'a>)) {
    for step in &seq.steps {
        if let Step::Fork(branch) = step {
            ways(&branch.shape, &mut |way| first_ends(way, see));
        }
    }
    see(&seq.last);
    match &seq.last {
        Last::Branch(branch, _) => ways(&branch.shape, &mut |way| first_ends(way, see)),
        Last::Taken(taken) => first_ends(&taken.then, see),
        _ => {}
    }
}

/// The ways of a branch that are not kept as they stand.
pub(crate) fn ways<'s, 'a>(shape: &'s Shape<'a>, see: &mut dyn FnMut(&'s Seq<'a>)) {
    match shape {
        Shape::If { then, otherwise, .. } => {
            see(then);
            match otherwise.as_deref() {
                Some(Otherwise::Block(seq)) => see(seq),
                Some(Otherwise::If(shape)) => ways(shape, see),
                None => {}
            }
        }
        Shape::Match { arms, .. } => {
            for way in arms {
                if let Way::Taken(seq) = way {
                    see(seq);
                }
            }
        }
        Shape::LetElse { otherwise, .. } => see(otherwise),
        Shape::Block { body, .. } => see(body),
    }
}
