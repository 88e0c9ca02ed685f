/* Callbacks that come again: S4, S6, S7, S8 and S11. */
#include "loop.h"
#include <stdlib.h>

/* ---- S4 ---- */

void fx_set_event(fx *lib, fx_event_cb cb) {
    lib->event = cb;
}

static void fire_event(op *op, int status, int again) {
    (void)again;
    if (op->lib->event) op->lib->event(op->lib, op->lib->object, op->id, status);
}

int fx_post(fx *lib, int when, int *id) {
    op *op = op_new(lib, when, NULL, NULL);
    if (op) op->fire = fire_event;
    int started = op_start(op);
    if (started < 0) return started;
    *id = started;
    return 0;
}

static void fire_job(op *op, int status, int again) {
    (void)again;
    fx *lib = op->lib;
    pthread_mutex_lock(&lib->lock);
    if (lib->done_len < FX_QUEUE) lib->done[lib->done_len++] = (fx_done){op->data, status};
    pthread_mutex_unlock(&lib->lock);
}

int fx_add_job(fx *lib, int when, fx_job *job) {
    op *op = op_new(lib, when, NULL, job);
    if (op) op->fire = fire_job;
    int started = op_start(op);
    return started < 0 ? started : 0;
}

void fx_remove_job(fx *lib, fx_job *job) {
    int id = 0;
    pthread_mutex_lock(&lib->lock);
    for (op *at = lib->ops; at; at = at->next)
        if (at->fire == fire_job && at->data == job) id = at->id;
    pthread_mutex_unlock(&lib->lock);
    if (id) fx_cancel_silently(lib, id);
}

const fx_done *fx_next_done(fx *lib) {
    pthread_mutex_lock(&lib->lock);
    int some = lib->done_len > 0;
    if (some) {
        lib->told = lib->done[0];
        lib->done_len--;
        for (int i = 0; i < lib->done_len; i++) lib->done[i] = lib->done[i + 1];
    }
    pthread_mutex_unlock(&lib->lock);
    return some ? &lib->told : NULL;
}

void fx_set_message(fx *lib, fx_message_cb cb) {
    lib->message = cb;
}

void fx_send(fx *lib, const char *text) {
    if (lib->message) lib->message(lib, lib->object, text);
}

void fx_set_verdict(fx *lib, fx_verdict_cb cb) {
    lib->verdict = cb;
}

int fx_judge(fx *lib, int value) {
    return lib->verdict ? lib->verdict(lib, value, lib->object) : 0;
}

/* ---- S6 ---- */

int fx_subscribe(fx *lib, int when, fx_event_value_cb cb, void *data) {
    return fx_subscribe_destroying(lib, when, cb, data, NULL);
}

int fx_subscribe_destroying(fx *lib, int when, fx_event_value_cb cb, void *data, fx_destroy_cb destroy) {
    if (when == FX_REFUSE) return -7;
    struct subscriber *new = calloc(1, sizeof *new);
    pthread_mutex_lock(&lib->lock);
    int handle = new->handle = lib->next_id++;
    new->cb = cb;
    new->data = data;
    new->destroy = destroy;
    struct subscriber **at = &lib->subscribers;
    while (*at) at = &(*at)->next;
    *at = new;
    pthread_mutex_unlock(&lib->lock);
    if (when == FX_INSIDE) cb(data, 0);
    return handle;
}

void fx_unsubscribe(fx *lib, int handle) {
    struct subscriber ended = {0};
    pthread_mutex_lock(&lib->lock);
    for (struct subscriber **at = &lib->subscribers; *at; at = &(*at)->next) {
        if ((*at)->handle == handle) {
            struct subscriber *gone = *at;
            *at = gone->next;
            ended = lib->stale = *gone;
            free(gone);
            break;
        }
    }
    pthread_mutex_unlock(&lib->lock);
    if (ended.destroy) ended.destroy(ended.data);
}

void fx_emit(fx *lib, int value) {
    int last = 0;
    for (;;) {
        /* By handle, in order: the callback may add and remove subscribers. */
        struct subscriber next = {0};
        pthread_mutex_lock(&lib->lock);
        for (struct subscriber *at = lib->subscribers; at; at = at->next) {
            if (at->handle > last) {
                next = *at;
                break;
            }
        }
        pthread_mutex_unlock(&lib->lock);
        if (!next.cb) return;
        last = next.handle;
        next.cb(next.data, value);
    }
}

void fx_emit_stale(fx *lib, int value) {
    if (lib->stale.cb) lib->stale.cb(lib->stale.data, value);
}

struct burst {
    fx *lib;
    int n;
};

static void *emit_burst(void *arg) {
    struct burst *burst = arg;
    for (int i = 0; i < burst->n; i++) fx_emit(burst->lib, i);
    free(burst);
    return NULL;
}

static void spawn_burst(fx *lib, int n, void *(*body)(void *)) {
    struct burst *burst = malloc(sizeof *burst);
    burst->lib = lib;
    burst->n = n;
    fx_spawn(lib, body, burst);
}

void fx_emit_from_thread(fx *lib, int n) {
    spawn_burst(lib, n, emit_burst);
}

/* ---- S7 ---- */

void fx_set_progress(fx *lib, fx_progress_cb cb, void *data) {
    lib->progress = cb;
    lib->progress_data = data;
}

int fx_run(fx *lib, int steps) {
    for (int step = 0; step < steps; step++)
        if (lib->progress && lib->progress(lib->progress_data, step)) return -1;
    return steps;
}

/* ---- S8 ---- */

void fx_set_wakeup(fx *lib, fx_wakeup_cb cb, void *data) {
    pthread_mutex_lock(&lib->lock);
    lib->wakeup = cb;
    lib->wakeup_data = data;
    pthread_mutex_unlock(&lib->lock);
}

static void *produce_burst(void *arg) {
    struct burst *burst = arg;
    for (int i = 0; i < burst->n; i++) {
        pthread_mutex_lock(&burst->lib->lock);
        if (burst->lib->queue_len < FX_QUEUE) burst->lib->queue[burst->lib->queue_len++] = i;
        fx_wakeup_cb wakeup = burst->lib->wakeup;
        void *data = burst->lib->wakeup_data;
        /* With the lock held, as libraries that say "wake only" do: the callback must not call back. */
        if (wakeup) wakeup(data);
        pthread_mutex_unlock(&burst->lib->lock);
    }
    free(burst);
    return NULL;
}

void fx_produce(fx *lib, int n) {
    spawn_burst(lib, n, produce_burst);
}

int fx_take(fx *lib, int *value) {
    pthread_mutex_lock(&lib->lock);
    int some = lib->queue_len > 0;
    if (some) {
        *value = lib->queue[0];
        lib->queue_len--;
        for (int i = 0; i < lib->queue_len; i++) lib->queue[i] = lib->queue[i + 1];
    }
    pthread_mutex_unlock(&lib->lock);
    return some;
}

/* ---- S11 ---- */

struct player {
    int periods;
    fx_period_cb cb;
    void *data;
};

static void *play(void *arg) {
    struct player *player = arg;
    float samples[8];
    for (int period = 0; period < player->periods; period++) {
        for (int i = 0; i < 8; i++) samples[i] = (float)(period * 8 + i);
        if (player->cb(player->data, samples, 8)) break;
    }
    free(player);
    return NULL;
}

void fx_play(fx *lib, int periods, fx_period_cb cb, void *data) {
    struct player *player = malloc(sizeof *player);
    player->periods = periods;
    player->cb = cb;
    player->data = data;
    fx_spawn(lib, play, player);
}
