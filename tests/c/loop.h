/* What the parts of the fixture share: the object and its operations. */
#ifndef UNCALLBACK_FIXTURE_LOOP_H
#define UNCALLBACK_FIXTURE_LOOP_H

#include "fixture.h"
#include <pthread.h>

enum op_state { OP_PENDING, OP_RUNNING };

/* One operation. It lives in the list of its object from start until its callback has returned. */
typedef struct op {
    struct op *next;
    fx *lib;
    int id;
    int when;
    enum op_state state;
    int due;      /* the next turn fires it */
    int status;   /* with this status */
    pthread_t runner;
    /* Calls the callback that the shape knows; `again` is 1 for the forbidden second call. */
    void (*fire)(struct op *op, int status, int again);
    void (*destroy)(void *data);
    void (*cb)(void); /* the callbacks, cast back by `fire` */
    void (*cb2)(void);
    void *data;
    void *extra;
    char *text;
    int a, b;
} op;

#define FX_HOOKS 8
#define FX_QUEUE 1024

struct subscriber {
    struct subscriber *next;
    int handle;
    fx_event_value_cb cb;
    void *data;
    fx_destroy_cb destroy;
};

struct fx {
    pthread_mutex_t lock;
    pthread_cond_t idle;
    op *ops;
    int next_id;
    pthread_t threads[256];
    int thread_count;
    int answer;
    void *object;
    fx_event_cb event;
    fx_done done[FX_QUEUE], told;
    int done_len;
    fx_message_cb message;
    fx_verdict_cb verdict;
    struct subscriber *subscribers;
    struct subscriber stale;
    fx_progress_cb progress;
    void *progress_data;
    fx_wakeup_cb wakeup;
    void *wakeup_data;
    int queue[FX_QUEUE], queue_len;
    fx_interest_cb interest;
    fx_timer_cb timer;
    void *host_data;
    fx_hook_cb hooks[FX_HOOKS];
    fx_handler_cb handler;
    void *handler_data;
    int questions;
};

/* A new operation that nobody can see yet; NULL if `when` is FX_REFUSE. `text` is copied. */
op *op_new(fx *lib, int when, const char *text, void *data);
/* Enters it into the list and does what `when` says. Returns its id. The operation may be gone afterwards. */
int op_start(op *op);
/* Fires it once if it is still pending, then frees it. Returns the number of calls made. */
int op_fire(fx *lib, int id, int status);
/* Runs `body` on a new thread that fx_join waits for. */
void fx_spawn(fx *lib, void *(*body)(void *), void *arg);

#endif
