//! The adapters: each starts its own kind of operation of the fixture.
use super::case::{Case, Panics, Value};
use core::ffi::c_int;
use std::pin::Pin;
use uncallback::ffi::{self, CallbackError, Cancel, First, Keyed, Owner, Started, Step, Subscription};
use uncallback::stream::mpsc;
use uncallback_tests::fixture::*;

pub(super) type Going = Pin<Box<dyn Future<Output = Result<Value, CallbackError>> + Send>>;

/// An adapter: how it starts, and which moments of the fixture it can take.
pub(super) struct Adapter {
    pub(super) name: &'static str,
    pub(super) start: fn(&Case, &Owner, &Keyed<c_int, Value>) -> Going,
    /// Whether second calls, and calls after a silent cancellation, are counted rather than undefined.
    pub(super) by_key: bool,
}

impl Adapter {
    /// Whether the case leaves C's user data with nobody, so that only an owner could give it back, and there is none.
    pub(super) fn leaks(&self, case: &Case) -> bool {
        let hidden = case.panics == Panics::WhileStarting && case.when == REFUSE
            || case.panics == Panics::WhileCancelling && case.is_silenced();
        hidden && self.name == "oneshot by pointer"
    }

    pub(super) fn is_a_stream(&self) -> bool {
        matches!(self.name, "list" | "subscribe")
    }

    /// Whether an operation that never comes is seen when the object has gone: streams have no owner, and a subscription that C forgets is
    /// one without events.
    pub(super) fn has_an_end(&self, fires: bool) -> bool {
        match self.name {
            "subscribe" => false,
            "list" => fires,
            _ => true,
        }
    }
}

pub(super) const ADAPTERS: [Adapter; 10] = [
    Adapter { name: "oneshot", start: oneshot, by_key: true },
    Adapter { name: "oneshot by pointer", start: by_pointer, by_key: false },
    Adapter { name: "oneshot_answering", start: answering, by_key: true },
    Adapter { name: "oneshot_destroying", start: destroying, by_key: true },
    Adapter { name: "pair", start: pair, by_key: true },
    Adapter { name: "request", start: request, by_key: false },
    Adapter { name: "in_field", start: in_field, by_key: false },
    Adapter { name: "list", start: list, by_key: true },
    Adapter { name: "subscribe", start: subscribe, by_key: true },
    Adapter { name: "keyed", start: keyed, by_key: true },
];

fn oneshot(case: &Case, owner: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on) = (case.lib, case.when, case.on());
    // SAFETY: the fixture calls back with a number and null, and cancels as its header says.
    let described = unsafe {
        ffi::oneshot(
            First,
            move |cb, data| {
                Started::nonneg_ok(case.started(fx_once_first(lib.0, when, std::ptr::null(), cb, data)))
            },
            move |_| on(),
        )
        .keep(case.census.token())
        .cancel_with(case.canceller(Cancel::Silenced))
    };
    Box::pin(described.owned_by(owner).start())
}

/// As a release build does it.
fn by_pointer(case: &Case, owner: &Owner, table: &Keyed<c_int, Value>) -> Going {
    if case.when == NEVER {
        return oneshot(case, owner, table);
    }
    let (lib, when, on) = (case.lib, case.when, case.on());
    // SAFETY: as above; and the fixture calls once at these moments.
    let described = unsafe {
        ffi::oneshot(
            First,
            move |cb, data| {
                Started::nonneg_ok(case.started(fx_once_first(lib.0, when, std::ptr::null(), cb, data)))
            },
            move |_| on(),
        )
        .keep(case.census.token())
        .cancel_with(case.canceller(Cancel::Silenced))
        .by_pointer()
    };
    Box::pin(described.start())
}

fn answering(case: &Case, owner: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on) = (case.lib, case.when, case.on());
    // SAFETY: as for `oneshot`.
    let described = unsafe {
        ffi::oneshot_answering(
            First,
            move |cb, data| Started::nonneg_ok(case.started(fx_once_answering(lib.0, when, cb, data))),
            move |_| (on(), 7),
            -1,
        )
        .keep(case.census.token())
        .cancel_with(case.canceller(Cancel::Silenced))
    };
    Box::pin(described.owned_by(owner).start())
}

fn destroying(case: &Case, owner: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on) = (case.lib, case.when, case.on());
    // SAFETY: as for `oneshot`; a silent cancellation destroys.
    let described = unsafe {
        ffi::oneshot_destroying(
            First,
            move |cb, data, destroy| {
                Started::nonneg_ok(case.started(fx_once_destroying(lib.0, when, cb, data, destroy)))
            },
            move |_| on(),
        )
        .keep(case.census.token())
        .cancel_with(case.canceller(Cancel::StillFires))
    };
    Box::pin(described.owned_by(owner).start())
}

fn pair(case: &Case, owner: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, good, bad) = (case.lib, case.when, case.on(), case.on());
    // SAFETY: as for `oneshot`; one of the two is called, or both.
    let described = unsafe {
        ffi::pair(
            First,
            move |ok, err, data| Started::nonneg_ok(case.started(fx_pair(lib.0, when, 0, ok, err, data))),
            move |_| good(),
            move |_| bad(),
        )
        .keep(case.census.token())
        .cancel_with(case.canceller(Cancel::Silenced))
    };
    let pending = described.owned_by(owner).start();
    Box::pin(async { pending.await.map(|either| either.unwrap_or_else(|value| value)) })
}

/// A request without a buffer; the fixture takes it on any thread.
#[repr(transparent)]
struct Request(fx_req);
// SAFETY: it points to nothing.
unsafe impl Send for Request {}

fn request(case: &Case, owner: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on) = (case.lib, case.when, case.on());
    let request = Request(fx_req { status: 0, buf: std::ptr::null_mut(), len: 0, id: 0 });
    // SAFETY: as for `oneshot`; the request is C's until then.
    let described = unsafe {
        ffi::request(
            First,
            request,
            move |cb: unsafe extern "C" fn(*mut Request), req| {
                // `Request` is `fx_req` under another name.
                let cb = std::mem::transmute::<unsafe extern "C" fn(*mut Request), fx_req_cb>(cb);
                Started::nonneg_ok(case.started(fx_submit(
                    lib.0,
                    when,
                    req.cast(),
                    std::ptr::null_mut(),
                    0,
                    Some(cb),
                )))
            },
            move |_request, ()| on(),
        )
        .keep(case.census.token())
        .cancel_with(case.canceller(Cancel::Silenced))
    };
    Box::pin(described.owned_by(owner).start())
}

/// A transfer of the library, freed when it is dropped.
struct Transfer(*mut fx_transfer);
// SAFETY: the fixture's transfers may be used on any thread.
unsafe impl Send for Transfer {}

impl Drop for Transfer {
    fn drop(&mut self) {
        // SAFETY: allocated below, and kept until C is done with it.
        unsafe { fx_free_transfer(self.0) };
    }
}

fn in_field(case: &Case, owner: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on) = (case.lib, case.when, case.on());
    // SAFETY: as for `oneshot`; the transfer is kept until C is done with it.
    let described = unsafe {
        let transfer = Transfer(fx_alloc_transfer());
        let at = transfer.0;
        ffi::in_field(
            First,
            at,
            |transfer| &raw mut (*transfer).user_data,
            move |cb| {
                (*at).callback = cb;
                Started::nonneg_ok(case.started(fx_submit_transfer(lib.0, when, at)))
            },
            move |_transfer, ()| on(),
        )
        .keep((transfer, case.census.token()))
        .cancel_with(case.canceller(Cancel::Silenced))
    };
    Box::pin(described.owned_by(owner).start())
}

/// The first event. The stream goes while the event is a variable: what a function returns leaks if a drop at its end panics.
async fn first<T, H, G: FnOnce(H)>(mut stream: Subscription<T, H, G>) -> Result<T, CallbackError> {
    let event = stream.next().await;
    drop(stream);
    event.ok_or(CallbackError::Closed)
}

fn list(case: &Case, _: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on, ends) = (case.lib, case.when, case.on(), case.clone());
    // SAFETY: the fixture calls back with a status and a C string or null.
    let stream = unsafe {
        ffi::list(
            First,
            mpsc::unbounded(),
            move |cb, data| Started::nonneg_ok(case.started(fx_list(lib.0, when, 1, -1, cb, data))),
            move |id| {
                ends.cancel(id, Cancel::Silenced);
            },
            move |(status, item)| match (status, item.is_null()) {
                (OK, true) => Step::End,
                (OK, false) => Step::Item(on()),
                _ => Step::Fail(()),
            },
        )
    };
    Box::pin(async { first(stream?).await?.map_err(|()| CallbackError::Closed) })
}

fn subscribe(case: &Case, _: &Owner, _: &Keyed<c_int, Value>) -> Going {
    let (lib, when, on, ends) = (case.lib, case.when, case.on(), case.clone());
    // SAFETY: the fixture calls back with numbers.
    let stream = unsafe {
        ffi::subscribe(
            First,
            mpsc::latest(),
            move |cb, data| Started::nonneg_ok(case.started(fx_subscribe(lib.0, when, cb, data))),
            move |handle| ends.unsubscribe(handle),
            move |_| on(),
        )
    };
    Box::pin(async { first(stream?).await })
}

fn keyed(case: &Case, _: &Owner, table: &Keyed<c_int, Value>) -> Going {
    let (mut id, canceller) = (0, case.canceller(Cancel::Silenced));
    let reserved = table.reserve();
    // SAFETY: the object is alive, and `id` is written where 0 is returned.
    let started = unsafe { Started::zero_ok(case.started(fx_post(case.lib.0, case.when, &raw mut id))) };
    let bound = reserved.bind_started(started.map(|()| id));
    // SAFETY: `canceller` looks whether the object is alive.
    Box::pin(unsafe { bound.cancel_with(canceller) })
}
