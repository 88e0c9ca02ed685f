//! What can be grouped: tuples of up to twelve futures, arrays and `Vec`s.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::future::Future;
use core::pin::Pin;
use core::task::Context;

use super::slot::Slot;

/// Futures that are polled together: a tuple of up to twelve, an array or a `Vec`.
///
/// This trait is sealed: it says what [`join`](crate::join) accepts and what it gives.
///
/// # Examples
///
/// ```
/// use uncallback::{Children, join};
///
/// /// As `join`, and says when it is done.
/// async fn all<C: Children>(what: &str, children: C) -> C::Outputs {
///     let outputs = join(children).await;
///     println!("{what} done");
///     outputs
/// }
/// # uncallback::__private::block_on(async {
/// assert_eq!(all("both", (async { 1 }, async { "two" })).await, (1, "two"));
/// # });
/// ```
pub trait Children: sealed::Sealed {
    /// The outputs of all children, by position: a tuple, an array or a `Vec`.
    type Outputs;

    #[doc(hidden)]
    type Slots;
    #[doc(hidden)]
    fn into_slots(self) -> Self::Slots;
    #[doc(hidden)]
    fn len(slots: &Self::Slots) -> usize;
    /// Polls one child. True if this poll finished it.
    #[doc(hidden)]
    fn poll_at(slots: Pin<&mut Self::Slots>, index: usize, cx: &mut Context<'_>) -> bool;
    /// Drops one child, or its output.
    #[doc(hidden)]
    fn discard(slots: Pin<&mut Self::Slots>, index: usize);
    /// Takes all outputs. All children must have finished.
    #[doc(hidden)]
    fn take(slots: Pin<&mut Self::Slots>) -> Self::Outputs;
}

/// Children whose outputs are `Result`s with one error type.
///
/// This trait is sealed: it says what [`try_join`](crate::try_join) accepts and what it gives.
///
/// # Examples
///
/// ```
/// use uncallback::{TryChildren, try_join};
///
/// /// As `try_join`, without telling why.
/// async fn all<C: TryChildren>(children: C) -> Option<C::Oks> {
///     try_join(children).await.ok()
/// }
/// # uncallback::__private::block_on(async {
/// assert_eq!(all((async { Ok::<_, u8>(1) }, async { Ok("two") })).await, Some((1, "two")));
/// # });
/// ```
pub trait TryChildren: Children {
    /// The `Ok` values of all children, by position.
    type Oks;
    /// The error of any child.
    type Error;

    /// The error of a child that has just finished, if it is one.
    #[doc(hidden)]
    fn take_error(slots: Pin<&mut Self::Slots>, index: usize) -> Option<Self::Error>;
    /// Takes all outputs. All children must have finished, none with an error.
    #[doc(hidden)]
    fn take_oks(slots: Pin<&mut Self::Slots>) -> Self::Oks;
}

/// Children that all have the same output.
///
/// This trait is sealed: it says what [`race`](crate::race) accepts and what it gives.
///
/// # Examples
///
/// ```
/// use uncallback::{RaceChildren, race};
///
/// /// The first answer, whatever it is, as text.
/// async fn first<C: RaceChildren<Output: ToString>>(children: C) -> String {
///     race(children).await.to_string()
/// }
/// # uncallback::__private::block_on(async {
/// assert_eq!(first([std::future::ready(1), std::future::ready(2)]).await, "1");
/// # });
/// ```
pub trait RaceChildren: Children {
    /// The output of any child.
    type Output;

    /// Takes the output of a child that has finished.
    #[doc(hidden)]
    fn take_at(slots: Pin<&mut Self::Slots>, index: usize) -> Self::Output;
}

mod sealed {
    pub trait Sealed {}
}

/// The error of a finished slot. An `Ok` value stays where it is.
fn error_in<F, T, E>(mut slot: Pin<&mut Slot<F>>) -> Option<E>
where
    F: Future<Output = Result<T, E>>,
{
    match slot.as_mut().output() {
        Some(Err(_)) => slot.take().err(),
        _ => None,
    }
}

fn ok_in<F, T, E>(slot: Pin<&mut Slot<F>>) -> T
where
    F: Future<Output = Result<T, E>>,
{
    match slot.take() {
        Ok(value) => value,
        Err(_) => unreachable!("an error ends the group when it arrives"),
    }
}

macro_rules! tuples {
    ($(($($future:ident $value:ident $index:tt),+))+) => {$(
        impl<$($future: Future),+> sealed::Sealed for ($($future,)+) {}

        impl<$($future: Future),+> Children for ($($future,)+) {
            type Outputs = ($($future::Output,)+);
            type Slots = ($(Slot<$future>,)+);

            fn into_slots(self) -> Self::Slots {
                ($(Slot::Running(self.$index),)+)
            }

            fn len(_: &Self::Slots) -> usize {
                [$($index),+].len()
            }

            fn poll_at(slots: Pin<&mut Self::Slots>, index: usize, cx: &mut Context<'_>) -> bool {
                match index {
                    // SAFETY: a slot is pinned with its tuple.
                    $($index => unsafe { slots.map_unchecked_mut(|slots| &mut slots.$index) }.poll(cx),)+
                    _ => unreachable!("no child has this index"),
                }
            }

            fn discard(slots: Pin<&mut Self::Slots>, index: usize) {
                match index {
                    // SAFETY: a slot is pinned with its tuple; `set` drops its future in place.
                    $($index => unsafe { slots.map_unchecked_mut(|slots| &mut slots.$index) }.set(Slot::Empty),)+
                    _ => unreachable!("no child has this index"),
                }
            }

            fn take(mut slots: Pin<&mut Self::Slots>) -> Self::Outputs {
                // SAFETY: a slot is pinned with its tuple.
                ($(unsafe { slots.as_mut().map_unchecked_mut(|slots| &mut slots.$index) }.take(),)+)
            }
        }

        impl<E, $($future, $value),+> TryChildren for ($($future,)+)
        where
            $($future: Future<Output = Result<$value, E>>),+
        {
            type Oks = ($($value,)+);
            type Error = E;

            fn take_error(slots: Pin<&mut Self::Slots>, index: usize) -> Option<E> {
                match index {
                    // SAFETY: a slot is pinned with its tuple.
                    $($index => error_in(unsafe { slots.map_unchecked_mut(|slots| &mut slots.$index) }),)+
                    _ => unreachable!("no child has this index"),
                }
            }

            fn take_oks(mut slots: Pin<&mut Self::Slots>) -> Self::Oks {
                // SAFETY: a slot is pinned with its tuple.
                ($(ok_in(unsafe { slots.as_mut().map_unchecked_mut(|slots| &mut slots.$index) }),)+)
            }
        }

        impl<T, $($future: Future<Output = T>),+> RaceChildren for ($($future,)+) {
            type Output = T;

            fn take_at(slots: Pin<&mut Self::Slots>, index: usize) -> T {
                match index {
                    // SAFETY: a slot is pinned with its tuple.
                    $($index => unsafe { slots.map_unchecked_mut(|slots| &mut slots.$index) }.take(),)+
                    _ => unreachable!("no child has this index"),
                }
            }
        }
    )+};
}

tuples! {
    (A TA 0)
    (A TA 0, B TB 1)
    (A TA 0, B TB 1, C TC 2)
    (A TA 0, B TB 1, C TC 2, D TD 3)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5, H TH 6)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5, H TH 6, I TI 7)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5, H TH 6, I TI 7, J TJ 8)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5, H TH 6, I TI 7, J TJ 8, K TK 9)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5, H TH 6, I TI 7, J TJ 8, K TK 9, L TL 10)
    (A TA 0, B TB 1, C TC 2, D TD 3, F TF 4, G TG 5, H TH 6, I TI 7, J TJ 8, K TK 9, L TL 10, M TM 11)
}

fn slot_of_array<F: Future, const N: usize>(
    slots: Pin<&mut [Slot<F>; N]>,
    index: usize,
) -> Pin<&mut Slot<F>> {
    // SAFETY: a slot is pinned with its array.
    unsafe { slots.map_unchecked_mut(|slots| &mut slots[index]) }
}

impl<F: Future, const N: usize> sealed::Sealed for [F; N] {}

impl<F: Future, const N: usize> Children for [F; N] {
    type Outputs = [F::Output; N];
    type Slots = [Slot<F>; N];

    fn into_slots(self) -> Self::Slots {
        self.map(Slot::Running)
    }

    fn len(_: &Self::Slots) -> usize {
        N
    }

    fn poll_at(slots: Pin<&mut Self::Slots>, index: usize, cx: &mut Context<'_>) -> bool {
        slot_of_array(slots, index).poll(cx)
    }

    fn discard(slots: Pin<&mut Self::Slots>, index: usize) {
        slot_of_array(slots, index).set(Slot::Empty);
    }

    fn take(mut slots: Pin<&mut Self::Slots>) -> Self::Outputs {
        core::array::from_fn(|index| slot_of_array(slots.as_mut(), index).take())
    }
}

impl<T, E, F: Future<Output = Result<T, E>>, const N: usize> TryChildren for [F; N] {
    type Oks = [T; N];
    type Error = E;

    fn take_error(slots: Pin<&mut Self::Slots>, index: usize) -> Option<E> {
        error_in(slot_of_array(slots, index))
    }

    fn take_oks(mut slots: Pin<&mut Self::Slots>) -> Self::Oks {
        core::array::from_fn(|index| ok_in(slot_of_array(slots.as_mut(), index)))
    }
}

impl<F: Future, const N: usize> RaceChildren for [F; N] {
    type Output = F::Output;

    fn take_at(slots: Pin<&mut Self::Slots>, index: usize) -> F::Output {
        slot_of_array(slots, index).take()
    }
}

/// The slots of a `Vec`: on the heap, where they stay, so the box itself may move.
type Boxed<F> = Pin<Box<[Slot<F>]>>;

fn slot_of_box<F: Future>(slots: Pin<&mut Boxed<F>>, index: usize) -> Pin<&mut Slot<F>> {
    // SAFETY: a slot is pinned with the slice it stands in.
    unsafe { slots.get_mut().as_mut().map_unchecked_mut(|slots| &mut slots[index]) }
}

impl<F: Future> sealed::Sealed for Vec<F> {}

impl<F: Future> Children for Vec<F> {
    type Outputs = Vec<F::Output>;
    type Slots = Boxed<F>;

    fn into_slots(self) -> Self::Slots {
        Box::into_pin(self.into_iter().map(Slot::Running).collect())
    }

    fn len(slots: &Self::Slots) -> usize {
        slots.len()
    }

    fn poll_at(slots: Pin<&mut Self::Slots>, index: usize, cx: &mut Context<'_>) -> bool {
        slot_of_box(slots, index).poll(cx)
    }

    fn discard(slots: Pin<&mut Self::Slots>, index: usize) {
        slot_of_box(slots, index).set(Slot::Empty);
    }

    fn take(mut slots: Pin<&mut Self::Slots>) -> Self::Outputs {
        (0..slots.len()).map(|index| slot_of_box(slots.as_mut(), index).take()).collect()
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> TryChildren for Vec<F> {
    type Oks = Vec<T>;
    type Error = E;

    fn take_error(slots: Pin<&mut Self::Slots>, index: usize) -> Option<E> {
        error_in(slot_of_box(slots, index))
    }

    fn take_oks(mut slots: Pin<&mut Self::Slots>) -> Self::Oks {
        (0..slots.len()).map(|index| ok_in(slot_of_box(slots.as_mut(), index))).collect()
    }
}

impl<F: Future> RaceChildren for Vec<F> {
    type Output = F::Output;

    fn take_at(slots: Pin<&mut Self::Slots>, index: usize) -> F::Output {
        slot_of_box(slots, index).take()
    }
}
