/* The object, its operations, and the ways to cancel them. */
#include "loop.h"
#include <stdlib.h>
#include <string.h>

enum { REFUSED = -7 };

fx *fx_new(void *object) {
    fx *lib = calloc(1, sizeof *lib);
    pthread_mutex_init(&lib->lock, NULL);
    pthread_cond_init(&lib->idle, NULL);
    lib->next_id = 1;
    lib->object = object;
    return lib;
}

void fx_spawn(fx *lib, void *(*body)(void *), void *arg) {
    pthread_t thread;
    pthread_create(&thread, NULL, body, arg);
    pthread_mutex_lock(&lib->lock);
    lib->threads[lib->thread_count++] = thread;
    pthread_mutex_unlock(&lib->lock);
}

void fx_join(fx *lib) {
    for (;;) {
        pthread_mutex_lock(&lib->lock);
        int some = lib->thread_count > 0;
        pthread_t thread;
        if (some) thread = lib->threads[--lib->thread_count];
        pthread_mutex_unlock(&lib->lock);
        if (!some) return;
        pthread_join(thread, NULL);
    }
}

static char *copy_text(const char *text) {
    if (!text) return NULL;
    size_t n = strlen(text) + 1;
    return memcpy(malloc(n), text, n);
}

op *op_new(fx *lib, int when, const char *text, void *data) {
    if (when == FX_REFUSE) return NULL;
    op *op = calloc(1, sizeof *op);
    op->lib = lib;
    op->when = when;
    op->text = copy_text(text);
    op->data = data;
    op->due = when == FX_LATER || when == FX_TWICE;
    return op;
}

/* Takes it out of the list and frees it. The lock is held. */
static void op_remove(op *gone) {
    for (op **at = &gone->lib->ops; *at; at = &(*at)->next) {
        if (*at == gone) {
            *at = gone->next;
            break;
        }
    }
    free(gone->text);
    free(gone);
}

/* The operation with this id, or NULL. The lock is held. */
static op *find(fx *lib, int id) {
    op *at = lib->ops;
    while (at && at->id != id) at = at->next;
    return at;
}

int op_fire(fx *lib, int id, int status) {
    pthread_mutex_lock(&lib->lock);
    op *op = find(lib, id);
    if (!op || op->state != OP_PENDING) {
        pthread_mutex_unlock(&lib->lock);
        return 0;
    }
    op->state = OP_RUNNING;
    op->runner = pthread_self();
    pthread_mutex_unlock(&lib->lock);

    int calls = 1;
    op->fire(op, status, 0);
    if (op->when == FX_TWICE) {
        op->fire(op, status, 1);
        calls = 2;
    }
    if (op->destroy) op->destroy(op->data);

    pthread_mutex_lock(&lib->lock);
    op_remove(op);
    pthread_cond_broadcast(&lib->idle);
    pthread_mutex_unlock(&lib->lock);
    return calls;
}

/* By id: the operation may be cancelled, and gone, before its thread gets to run. */
struct shot {
    fx *lib;
    int id;
};

static void *fire_on_thread(void *arg) {
    struct shot shot = *(struct shot *)arg;
    free(arg);
    op_fire(shot.lib, shot.id, FX_OK);
    return NULL;
}

static struct shot *new_shot(fx *lib, int id) {
    struct shot *shot = malloc(sizeof *shot);
    shot->lib = lib;
    shot->id = id;
    return shot;
}

int op_start(op *op) {
    if (!op) return REFUSED;
    fx *lib = op->lib;
    int when = op->when;
    pthread_mutex_lock(&lib->lock);
    int id = op->id = lib->next_id++;
    op->next = lib->ops;
    lib->ops = op;
    pthread_mutex_unlock(&lib->lock);

    pthread_t thread;
    switch (when) {
    case FX_INSIDE:
        op_fire(lib, id, FX_OK);
        break;
    case FX_THREAD:
        fx_spawn(lib, fire_on_thread, new_shot(lib, id));
        break;
    case FX_WHILE:
        pthread_create(&thread, NULL, fire_on_thread, new_shot(lib, id));
        pthread_join(thread, NULL);
        break;
    }
    return id;
}

/* The id and the status of the oldest operation that is due, or of the oldest of all; 0 if there is none. */
static int oldest(fx *lib, int only_due, int *status) {
    int id = 0;
    pthread_mutex_lock(&lib->lock);
    for (op *at = lib->ops; at; at = at->next)
        if (at->state == OP_PENDING && (at->due || !only_due)) id = at->id, *status = at->status;
    pthread_mutex_unlock(&lib->lock);
    return id;
}

int fx_turn(fx *lib) {
    /* What is started from a callback waits for the next turn. */
    pthread_mutex_lock(&lib->lock);
    int limit = lib->next_id;
    pthread_mutex_unlock(&lib->lock);
    int calls = 0;
    for (;;) {
        int status;
        int id = oldest(lib, 1, &status);
        if (!id || id >= limit) return calls;
        calls += op_fire(lib, id, status);
    }
}

int fx_pending(fx *lib) {
    int n = 0;
    pthread_mutex_lock(&lib->lock);
    for (op *at = lib->ops; at; at = at->next) n++;
    pthread_mutex_unlock(&lib->lock);
    return n;
}

static void free_object(fx *lib) {
    while (lib->subscribers) {
        struct subscriber *next = lib->subscribers->next;
        if (lib->subscribers->destroy) lib->subscribers->destroy(lib->subscribers->data);
        free(lib->subscribers);
        lib->subscribers = next;
    }
    pthread_mutex_destroy(&lib->lock);
    pthread_cond_destroy(&lib->idle);
    free(lib);
}

void fx_free_firing(fx *lib) {
    fx_join(lib);
    int id, status;
    while ((id = oldest(lib, 0, &status))) op_fire(lib, id, FX_DESTROYED);
    free_object(lib);
}

void fx_free_silently(fx *lib) {
    fx_join(lib);
    while (lib->ops) {
        op *op = lib->ops;
        if (op->destroy) op->destroy(op->data);
        pthread_mutex_lock(&lib->lock);
        op_remove(op);
        pthread_mutex_unlock(&lib->lock);
    }
    free_object(lib);
}

int fx_cancel_firing(fx *lib, int id) {
    return op_fire(lib, id, FX_CANCELLED) > 0;
}

int fx_cancel_firing_later(fx *lib, int id) {
    pthread_mutex_lock(&lib->lock);
    op *op = find(lib, id);
    int pending = op && op->state == OP_PENDING;
    if (pending) {
        op->due = 1;
        op->status = FX_CANCELLED;
    }
    pthread_mutex_unlock(&lib->lock);
    return pending;
}

int fx_cancel_silently(fx *lib, int id) {
    void (*destroy)(void *) = NULL;
    void *data = NULL;
    pthread_mutex_lock(&lib->lock);
    op *op = find(lib, id);
    int pending = op && op->state == OP_PENDING;
    if (pending && op->when == FX_AFTER_CANCEL) {
        op->due = 1;
    } else if (pending) {
        destroy = op->destroy;
        data = op->data;
        op_remove(op);
    }
    pthread_mutex_unlock(&lib->lock);
    if (destroy) destroy(data);
    return pending;
}

int fx_cancel_blocking(fx *lib, int id) {
    int pending = 0;
    pthread_mutex_lock(&lib->lock);
    for (;;) {
        op *op = find(lib, id);
        if (!op) break;
        if (op->state == OP_PENDING) {
            pending = 1;
            op_remove(op);
            break;
        }
        if (pthread_equal(op->runner, pthread_self())) {
            pending = -1;
            break;
        }
        pthread_cond_wait(&lib->idle, &lib->lock);
    }
    pthread_mutex_unlock(&lib->lock);
    return pending;
}
