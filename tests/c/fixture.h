/*
 * A C library made to be adapted: one entry point per shape in which C libraries take callbacks, and one
 * function per way in which they cancel.
 *
 * Nothing here does any work. Every operation says, through `enum fx_when`, at which moment the library shall call
 * back, including the moments at which no library should. Real libraries confirm the rules; this one reaches
 * the moments that real ones show once a year.
 *
 * Unless a comment says otherwise, callbacks run with no lock held, so they may call any function below.
 */
#ifndef UNCALLBACK_FIXTURE_H
#define UNCALLBACK_FIXTURE_H

#include <stddef.h>

typedef struct fx fx;

/* When an operation calls back. */
enum fx_when {
    FX_INSIDE = 0,       /* before the starting function returns */
    FX_LATER = 1,        /* in the next fx_turn, on the thread that turns */
    FX_THREAD = 2,       /* on a thread of the library's own, as soon as it likes */
    FX_WHILE = 3,        /* on another thread, and done before the starting function returns */
    FX_TWICE = 4,        /* like FX_LATER, and a second time right after: a bug that libraries have had */
    FX_NEVER = 5,        /* only if cancelled or destroyed, and then as that function says */
    FX_AFTER_CANCEL = 6, /* pending until cancelled; a "silent" cancellation then calls back all the same: a bug */
    FX_REFUSE = 7        /* the starting function returns -7 and keeps nothing */
};

/* What `status` says. */
enum fx_status { FX_OK = 0, FX_CANCELLED = 24, FX_DESTROYED = 16 };

/* The library object. `object` is the user data of object-wide callbacks (S4), fixed here as in libmosquitto. */
fx *fx_new(void *object);

/* Fires what the last turn left, on this thread. Returns the number of callbacks made. */
int fx_turn(fx *lib);

/* Waits until every operation with FX_THREAD has called back. */
void fx_join(fx *lib);

/* Operations that C still holds. */
int fx_pending(fx *lib);

/* Frees the object. Pending operations call back with FX_DESTROYED (as ares_destroy does) ... */
void fx_free_firing(fx *lib);
/* ... or are forgotten (as curl_multi_cleanup does); only destroy functions run. */
void fx_free_silently(fx *lib);

/* ---- S1: one-shot with user data in a parameter. Returns an id > 0, or -7. ---- */

typedef void (*fx_first_cb)(void *data, int status, const char *text);
typedef void (*fx_last_cb)(int status, const char *text, void *data);
/* As hiredis has it: two `void *`, and the types do not tell which is the user data. */
typedef void (*fx_middle_cb)(fx *lib, void *reply, void *data, int status);
/* A one-shot whose return value means something to C; fx_last_answer gives what came back. */
typedef int (*fx_answering_cb)(void *data, int status);

int fx_once_first(fx *lib, int when, const char *text, fx_first_cb cb, void *data);
int fx_once_last(fx *lib, int when, const char *text, fx_last_cb cb, void *data);
int fx_once_middle(fx *lib, int when, void *reply, fx_middle_cb cb, void *data);
int fx_once_answering(fx *lib, int when, fx_answering_cb cb, void *data);
int fx_last_answer(fx *lib);

/* ---- S2: one-shot whose user data is the request itself; the buffer is written when it completes. ---- */

typedef struct fx_req {
    int status;
    char *buf;
    size_t len;
    int id;
} fx_req;
typedef void (*fx_req_cb)(fx_req *req);
int fx_submit(fx *lib, int when, fx_req *req, char *buf, size_t len, fx_req_cb cb);

/* The same with a field for user data, in a transfer that the library allocates: as libusb_transfer. The callback is a field too. */
typedef struct fx_transfer {
    void (*callback)(struct fx_transfer *transfer);
    void *user_data;
    int status;
} fx_transfer;
fx_transfer *fx_alloc_transfer(void);
void fx_free_transfer(fx_transfer *transfer);
int fx_submit_transfer(fx *lib, int when, fx_transfer *transfer);

/* ---- S3: success and failure share one user data. With FX_TWICE both are called. ---- */

typedef void (*fx_ok_cb)(void *data, int value);
typedef void (*fx_err_cb)(void *data, const char *reason);
int fx_pair(fx *lib, int when, int fails, fx_ok_cb ok, fx_err_cb err, void *data);

/* ---- S4: completions arrive at one event callback and are told apart by an id. ---- */

typedef void (*fx_event_cb)(fx *lib, void *object, int id, int status);
void fx_set_event(fx *lib, fx_event_cb cb);
/* Stores the id through `id` after the callback has run, if it is inside: as mosquitto_publish does at QoS 0. */
int fx_post(fx *lib, int when, int *id);

/* Completions without a callback: a job is known by its address, and the library is asked for what is finished, as
 * curl_multi_info_read is. Jobs finish when `when` says. Returns 0, or -7. */
typedef struct fx_job {
    int work;
} fx_job;
typedef struct fx_done {
    fx_job *job;
    int status;
} fx_done;
int fx_add_job(fx *lib, int when, fx_job *job);
/* Silent: the job does not finish any more. Does nothing if it is finished already. */
void fx_remove_job(fx *lib, fx_job *job);
/* Valid until the next call; NULL when there is no more. */
const fx_done *fx_next_done(fx *lib);

/* Callbacks of the object without an id: messages, and questions. */
typedef void (*fx_message_cb)(fx *lib, void *object, const char *text);
void fx_set_message(fx *lib, fx_message_cb cb);
void fx_send(fx *lib, const char *text);
typedef int (*fx_verdict_cb)(fx *lib, int value, void *object);
void fx_set_verdict(fx *lib, fx_verdict_cb cb);
int fx_judge(fx *lib, int value);

/* ---- S5: a list, one call per item. ---- */

/* `item` is NULL at the end; `status` is not FX_OK where the list breaks off, which ends it too. */
typedef void (*fx_item_cb)(void *data, int status, const char *item);
/* `n` items; breaks off after `breaks` items unless it is negative. FX_TWICE calls once more after the end. */
int fx_list(fx *lib, int when, int n, int breaks, fx_item_cb cb, void *data);
/* The synchronous form, as sqlite3_exec: stops and returns the answer if it is not 0. */
typedef int (*fx_row_cb)(void *data, int row);
int fx_each(int n, fx_row_cb cb, void *data);

/* ---- S6: a subscription. ---- */

typedef void (*fx_event_value_cb)(void *data, int value);
/* Returns a handle > 0, or -7 if `when` is FX_REFUSE. With FX_INSIDE it fires value 0 before returning. */
int fx_subscribe(fx *lib, int when, fx_event_value_cb cb, void *data);
/* Silent: no new call starts afterwards. Allowed inside the callback. */
void fx_unsubscribe(fx *lib, int handle);
/* Calls every subscriber, on this thread. */
void fx_emit(fx *lib, int value);
/* Calls every subscriber `n` times from another thread and returns at once; fx_join waits for it. */
void fx_emit_from_thread(fx *lib, int n);
/* Calls a subscriber that has gone: a bug. It is the most recent one that was unsubscribed. */
void fx_emit_stale(fx *lib, int value);

/* ---- S7: a question, answered at once. Non-zero stops the run, which then returns -1. ---- */

typedef int (*fx_progress_cb)(void *data, int step);
void fx_set_progress(fx *lib, fx_progress_cb cb, void *data);
int fx_run(fx *lib, int steps);

/* ---- S8: a wake-up call without a meaning. ---- */

typedef void (*fx_wakeup_cb)(void *data);
void fx_set_wakeup(fx *lib, fx_wakeup_cb cb, void *data);
/* Puts `n` values into the library's queue from another thread, with one wake-up each. */
void fx_produce(fx *lib, int n);
/* Takes one value. Returns 0 when there is none. */
int fx_take(fx *lib, int *value);

/* ---- S9: the library asks its host to watch fds and a timer. ---- */

/* `what`: 1 read, 2 write, 3 both, 0 nothing more. */
typedef void (*fx_interest_cb)(void *data, int fd, int what);
/* `ms` < 0 means no timer. */
typedef void (*fx_timer_cb)(void *data, long ms);
void fx_set_host(fx *lib, fx_interest_cb interest, fx_timer_cb timer, void *data);
/* Sends `text` to itself through a socket pair, reads it back four bytes per readiness, and calls `cb`. */
int fx_echo(fx *lib, const char *text, fx_first_cb cb, void *data);
/* Calls `cb` once `ms` milliseconds have passed, if the host calls fx_timeout. */
int fx_sleep(fx *lib, long ms, fx_first_cb cb, void *data);
/* The host's side. */
void fx_ready(fx *lib, int fd, int what);
void fx_timeout(fx *lib);

/* ---- S10: user data with a destroy function, which runs exactly once, after the last call. ---- */

typedef void (*fx_destroy_cb)(void *data);
int fx_once_destroying(fx *lib, int when, fx_first_cb cb, void *data, fx_destroy_cb destroy);
/* Also when the object is freed. */
int fx_subscribe_destroying(fx *lib, int when, fx_event_value_cb cb, void *data, fx_destroy_cb destroy);

/* ---- S11: a thread with a deadline: one call per period, `periods` times, then the thread ends. ---- */

typedef int (*fx_period_cb)(void *data, const float *samples, size_t n);
void fx_play(fx *lib, int periods, fx_period_cb cb, void *data);

/* ---- S12: no user data at all. ---- */

typedef int (*fx_compare_cb)(const int *a, const int *b);
void fx_sort(int *values, size_t n, fx_compare_cb cmp);
typedef int (*fx_hook_cb)(int value);
/* Adds a hook, or returns -1 if all eight places are taken. */
int fx_add_hook(fx *lib, fx_hook_cb hook);
void fx_remove_hook(fx *lib, fx_hook_cb hook);
/* The same by its place. */
void fx_take_hook(fx *lib, int at);
/* Returns the sum of the answers. */
int fx_run_hooks(fx *lib, int value);
/* Of the other shapes, those that exist without user data. Cancelled and unsubscribed by id, as the others. */
typedef void (*fx_status_cb)(int status);
int fx_once_bare(fx *lib, int when, fx_status_cb cb);
int fx_once_bare_answering(fx *lib, int when, fx_hook_cb cb);
typedef void (*fx_bare_item_cb)(int status, const char *item);
int fx_list_bare(fx *lib, int when, int n, int breaks, fx_bare_item_cb cb);
int fx_watch(fx *lib, int when, fx_status_cb cb);
typedef void (*fx_bare_wakeup_cb)(void);
void fx_set_wakeup_bare(fx *lib, fx_bare_wakeup_cb cb);
/* Arguments and results of every kind. */
typedef double (*fx_mixed_cb)(signed char, unsigned char, short, unsigned short, int, unsigned, long long, const char *, float);
double fx_mix(fx_mixed_cb cb, const char *text);
typedef signed char (*fx_i8_cb)(signed char);
typedef unsigned char (*fx_u8_cb)(unsigned char);
typedef short (*fx_i16_cb)(short);
typedef unsigned short (*fx_u16_cb)(unsigned short);
typedef _Bool (*fx_bool_cb)(_Bool);
typedef float (*fx_f32_cb)(float);
typedef double (*fx_f64_cb)(double);
typedef void *(*fx_pointer_cb)(void *);
/* 1 if the first four negate, the fifth gives back, the next two halve, and the last gives back. */
int fx_narrow(fx_i8_cb i8, fx_u8_cb u8, fx_i16_cb i16, fx_u16_cb u16, fx_bool_cb yes, fx_f32_cb half, fx_f64_cb half_too,
              fx_pointer_cb same);

/* ---- S13: C asks, and the answer comes when it comes. ---- */

typedef struct fx_question fx_question;
typedef void (*fx_handler_cb)(void *data, fx_question *question, int value);
void fx_serve(fx *lib, fx_handler_cb handler, void *data);
/* Asks the handler. The answer is in fx_last_answer once fx_reply has been called. */
void fx_ask(fx *lib, int value);
/* Consumes the question. */
void fx_reply(fx_question *question, int answer);
/* Questions that nobody has answered. */
int fx_open_questions(fx *lib);

/* ---- Cancellation, one function per class. Each returns 1 if the operation was pending, else 0. ---- */

/* The callback runs with FX_CANCELLED on this thread, before the function returns: ares_cancel. */
int fx_cancel_firing(fx *lib, int id);
/* The callback runs with FX_CANCELLED in the next turn: uv_cancel, g_cancellable_cancel. */
int fx_cancel_firing_later(fx *lib, int id);
/* No callback after this: event_del. Runs the destroy function, if the operation has one: sd_bus_slot_unref. */
int fx_cancel_silently(fx *lib, int id);
/* Waits for a running callback, then nothing more comes: nng_aio_stop. Inside that very callback it would
 * wait for itself; this one says so by returning -1. */
int fx_cancel_blocking(fx *lib, int id);

#endif
