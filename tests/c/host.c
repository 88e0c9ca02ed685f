/* What asks something of the host: fds and timers (S9), hooks without user data (S12), open questions (S13). */
#include "loop.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- S9: an operation in this file keeps its fd in `a`, the bytes read in `b`, its deadline in `extra`. ---- */

void fx_set_host(fx *lib, fx_interest_cb interest, fx_timer_cb timer, void *data) {
    lib->interest = interest;
    lib->timer = timer;
    lib->host_data = data;
}

static void fire_echo(op *op, int status, int again) {
    (void)again;
    if (op->lib->interest) op->lib->interest(op->lib->host_data, op->a, 0);
    close(op->a);
    ((fx_first_cb)op->cb)(op->data, status, op->extra);
    free(op->extra);
}

int fx_echo(fx *lib, const char *text, fx_first_cb cb, void *data) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends)) return -1;
    size_t n = strlen(text);
    ssize_t sent = write(ends[1], text, n);
    close(ends[1]);
    if (sent != (ssize_t)n) {
        close(ends[0]);
        return -1;
    }
    op *op = op_new(lib, FX_NEVER, text, data);
    op->fire = fire_echo;
    op->cb = (void (*)(void))cb;
    op->a = ends[0];
    op->extra = calloc(1, n + 1);
    int id = op_start(op);
    if (lib->interest) lib->interest(lib->host_data, ends[0], 1);
    return id;
}

void fx_ready(fx *lib, int fd, int what) {
    if (!(what & 1)) return;
    pthread_mutex_lock(&lib->lock);
    op *op = lib->ops;
    while (op && (op->fire != fire_echo || op->a != fd)) op = op->next;
    pthread_mutex_unlock(&lib->lock);
    if (!op) return;
    size_t want = strlen(op->text) - (size_t)op->b;
    ssize_t got = read(fd, (char *)op->extra + op->b, want < 4 ? want : 4);
    if (got > 0) op->b += (int)got;
    if ((size_t)op->b == strlen(op->text)) op_fire(lib, op->id, FX_OK);
}

static long now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void fire_sleep(op *op, int status, int again) {
    (void)again;
    ((fx_first_cb)op->cb)(op->data, status, NULL);
}

/* The sleeper that is due first. */
static op *first_sleeper(fx *lib) {
    op *first = NULL;
    pthread_mutex_lock(&lib->lock);
    for (op *at = lib->ops; at; at = at->next)
        if (at->fire == fire_sleep && at->state == OP_PENDING && (!first || (long)at->extra < (long)first->extra))
            first = at;
    pthread_mutex_unlock(&lib->lock);
    return first;
}

static void ask_for_timer(fx *lib) {
    if (!lib->timer) return;
    op *first = first_sleeper(lib);
    long left = first ? (long)first->extra - now_ms() : -1;
    lib->timer(lib->host_data, first && left < 0 ? 0 : left);
}

int fx_sleep(fx *lib, long ms, fx_first_cb cb, void *data) {
    op *op = op_new(lib, FX_NEVER, NULL, data);
    op->fire = fire_sleep;
    op->cb = (void (*)(void))cb;
    op->extra = (void *)(now_ms() + ms);
    int id = op_start(op);
    ask_for_timer(lib);
    return id;
}

void fx_timeout(fx *lib) {
    op *first = first_sleeper(lib);
    if (first && (long)first->extra <= now_ms()) op_fire(lib, first->id, FX_OK);
    ask_for_timer(lib);
}

/* ---- S12 ---- */

void fx_sort(int *values, size_t n, fx_compare_cb cmp) {
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j > 0 && cmp(&values[j - 1], &values[j]) > 0; j--) {
            int swapped = values[j];
            values[j] = values[j - 1];
            values[j - 1] = swapped;
        }
}

int fx_add_hook(fx *lib, fx_hook_cb hook) {
    for (int i = 0; i < FX_HOOKS; i++)
        if (!lib->hooks[i]) {
            lib->hooks[i] = hook;
            return i;
        }
    return -1;
}

void fx_remove_hook(fx *lib, fx_hook_cb hook) {
    for (int i = 0; i < FX_HOOKS; i++)
        if (lib->hooks[i] == hook) {
            lib->hooks[i] = NULL;
            return;
        }
}

void fx_take_hook(fx *lib, int at) {
    lib->hooks[at] = NULL;
}

int fx_run_hooks(fx *lib, int value) {
    int sum = 0;
    for (int i = 0; i < FX_HOOKS; i++)
        if (lib->hooks[i]) sum += lib->hooks[i](value);
    return sum;
}

/* ---- S13 ---- */

struct fx_question {
    fx *lib;
};

void fx_serve(fx *lib, fx_handler_cb handler, void *data) {
    lib->handler = handler;
    lib->handler_data = data;
}

void fx_ask(fx *lib, int value) {
    fx_question *question = malloc(sizeof *question);
    question->lib = lib;
    lib->questions++;
    lib->handler(lib->handler_data, question, value);
}

void fx_reply(fx_question *question, int answer) {
    question->lib->answer = answer;
    question->lib->questions--;
    free(question);
}

int fx_open_questions(fx *lib) {
    return lib->questions;
}
