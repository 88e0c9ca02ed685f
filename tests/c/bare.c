/* The same without user data: S12 for callbacks that come once, again and again, and as a list; and every kind of argument. */
#include "loop.h"

typedef void (*any_cb)(void);

static void fire_status(op *op, int status, int again) {
    (void)again;
    ((fx_status_cb)op->cb)(status);
}

int fx_once_bare(fx *lib, int when, fx_status_cb cb) {
    op *op = op_new(lib, when, 0, 0);
    if (op) op->fire = fire_status, op->cb = (any_cb)cb;
    return op_start(op);
}

static void fire_bare_answering(op *op, int status, int again) {
    (void)again;
    op->lib->answer = ((fx_hook_cb)op->cb)(status);
}

int fx_once_bare_answering(fx *lib, int when, fx_hook_cb cb) {
    op *op = op_new(lib, when, 0, 0);
    if (op) op->fire = fire_bare_answering, op->cb = (any_cb)cb;
    return op_start(op);
}

static void pass_item(void *data, int status, const char *item) {
    ((fx_bare_item_cb)data)(status, item);
}

int fx_list_bare(fx *lib, int when, int n, int breaks, fx_bare_item_cb cb) {
    return fx_list(lib, when, n, breaks, pass_item, (void *)cb);
}

static void pass_value(void *data, int value) {
    ((fx_status_cb)data)(value);
}

int fx_watch(fx *lib, int when, fx_status_cb cb) {
    return fx_subscribe(lib, when, pass_value, (void *)cb);
}

static void pass_wakeup(void *data) {
    ((fx_bare_wakeup_cb)data)();
}

void fx_set_wakeup_bare(fx *lib, fx_bare_wakeup_cb cb) {
    fx_set_wakeup(lib, cb ? pass_wakeup : 0, (void *)cb);
}

double fx_mix(fx_mixed_cb cb, const char *text) {
    return cb(-8, 200, -1600, 64000, -320000, 4000000000u, -64000000000, text, 0.5f);
}

static int somewhere;

int fx_narrow(fx_i8_cb i8, fx_u8_cb u8, fx_i16_cb i16, fx_u16_cb u16, fx_bool_cb yes, fx_f32_cb half, fx_f64_cb half_too,
              fx_pointer_cb same) {
    /* Compared with all bits of the register that they come in. */
    return i8(7) == -7 && u8(7) == 249 && i16(700) == -700 && u16(700) == 64836 && yes(1) == 1 && yes(0) == 0 &&
           half(3.0f) == 1.5f && half_too(3.0) == 1.5 && same(&somewhere) == &somewhere;
}
