/* Operations that complete once: S1, S2, S3, S5 (as a list that ends once) and S10. */
#include "loop.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef void (*any_cb)(void);

static void fire_first(op *op, int status, int again) {
    (void)again;
    /* The text lives on this frame: whoever keeps the pointer keeps a dangling one. */
    char text[64] = {0};
    if (op->text) strncpy(text, op->text, sizeof text - 1);
    ((fx_first_cb)op->cb)(op->data, status, op->text ? text : NULL);
}

int fx_once_first(fx *lib, int when, const char *text, fx_first_cb cb, void *data) {
    op *op = op_new(lib, when, text, data);
    if (op) op->fire = fire_first, op->cb = (any_cb)cb;
    return op_start(op);
}

int fx_once_destroying(fx *lib, int when, fx_first_cb cb, void *data, fx_destroy_cb destroy) {
    op *op = op_new(lib, when, "destroying", data);
    if (op) op->fire = fire_first, op->cb = (any_cb)cb, op->destroy = destroy;
    return op_start(op);
}

static void fire_last(op *op, int status, int again) {
    (void)again;
    char text[64] = {0};
    if (op->text) strncpy(text, op->text, sizeof text - 1);
    ((fx_last_cb)op->cb)(status, op->text ? text : NULL, op->data);
}

int fx_once_last(fx *lib, int when, const char *text, fx_last_cb cb, void *data) {
    op *op = op_new(lib, when, text, data);
    if (op) op->fire = fire_last, op->cb = (any_cb)cb;
    return op_start(op);
}

static void fire_middle(op *op, int status, int again) {
    (void)again;
    ((fx_middle_cb)op->cb)(op->lib, op->extra, op->data, status);
}

int fx_once_middle(fx *lib, int when, void *reply, fx_middle_cb cb, void *data) {
    op *op = op_new(lib, when, NULL, data);
    if (op) op->fire = fire_middle, op->cb = (any_cb)cb, op->extra = reply;
    return op_start(op);
}

static void fire_answering(op *op, int status, int again) {
    (void)again;
    op->lib->answer = ((fx_answering_cb)op->cb)(op->data, status);
}

int fx_once_answering(fx *lib, int when, fx_answering_cb cb, void *data) {
    op *op = op_new(lib, when, NULL, data);
    if (op) op->fire = fire_answering, op->cb = (any_cb)cb;
    return op_start(op);
}

int fx_last_answer(fx *lib) {
    return lib->answer;
}

static void fire_request(op *op, int status, int again) {
    (void)again;
    fx_req *req = op->data;
    req->status = status;
    /* Written whatever happened: a buffer that has been freed is found out here. */
    if (req->len) snprintf(req->buf, req->len, "filled by %d", op->id);
    ((fx_req_cb)op->cb)(req);
}

int fx_submit(fx *lib, int when, fx_req *req, char *buf, size_t len, fx_req_cb cb) {
    op *op = op_new(lib, when, NULL, req);
    if (op) {
        req->buf = buf;
        req->len = len;
        op->fire = fire_request;
        op->cb = (any_cb)cb;
    }
    return op_start(op);
}

fx_transfer *fx_alloc_transfer(void) {
    return calloc(1, sizeof(fx_transfer));
}

void fx_free_transfer(fx_transfer *transfer) {
    free(transfer);
}

static void fire_transfer(op *op, int status, int again) {
    (void)again;
    fx_transfer *transfer = op->data;
    transfer->status = status;
    transfer->callback(transfer);
}

int fx_submit_transfer(fx *lib, int when, fx_transfer *transfer) {
    op *op = op_new(lib, when, NULL, transfer);
    if (op) op->fire = fire_transfer;
    return op_start(op);
}

static void fire_pair(op *op, int status, int again) {
    int fails = op->a || status != FX_OK;
    if (fails != again)
        ((fx_err_cb)op->cb2)(op->data, status == FX_CANCELLED ? "cancelled" : "failed");
    else
        ((fx_ok_cb)op->cb)(op->data, 42);
}

int fx_pair(fx *lib, int when, int fails, fx_ok_cb ok, fx_err_cb err, void *data) {
    op *op = op_new(lib, when, NULL, data);
    if (op) op->fire = fire_pair, op->cb = (any_cb)ok, op->cb2 = (any_cb)err, op->a = fails;
    return op_start(op);
}

static void fire_list(op *op, int status, int again) {
    fx_item_cb cb = (fx_item_cb)op->cb;
    char item[32];
    for (int i = 0; !again && status == FX_OK && i < op->a; i++) {
        if (i == op->b) {
            cb(op->data, -1, NULL);
            return;
        }
        snprintf(item, sizeof item, "item %d", i);
        cb(op->data, FX_OK, item);
    }
    cb(op->data, status, NULL);
}

int fx_list(fx *lib, int when, int n, int breaks, fx_item_cb cb, void *data) {
    op *op = op_new(lib, when, NULL, data);
    if (op) op->fire = fire_list, op->cb = (any_cb)cb, op->a = n, op->b = breaks;
    return op_start(op);
}

int fx_each(int n, fx_row_cb cb, void *data) {
    for (int row = 0; row < n; row++) {
        int answer = cb(data, row);
        if (answer) return answer;
    }
    return 0;
}
