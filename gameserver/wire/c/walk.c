/* The walk over the bytes: `_walk` of decoder.py, and its limits. */
#include "decoder.h"

#define FEW_ENTRIES 8  /* lists up to here get their room before the entries come */

/* Refuse the message: what take() raises, now or the next time. Takes the text over. */
Step
refuse(Walk *walk, PyObject *type, PyObject *text)
{
    if (text == NULL)
        return FAILED;
    walk->self->fault = PyObject_CallOneArg(type, text);
    Py_DECREF(text);
    return FAILED;
}

/* Put a value, which is taken over, into the list that is being filled. */
static int
enter(Decoder *self, PyObject *value)
{
    Filling *top = &self->lists[self->open - 1];
    if (top->length <= FEW_ENTRIES)
        PyList_SET_ITEM(top->list, top->length - top->left, value);
    else {
        int failed = PyList_Append(top->list, value);
        Py_DECREF(value);
        if (failed)
            return -1;
    }
    top->left--;
    return 0;
}

/* Open a list, unless it is more than the limits let through. */
static Step
open_list(Walk *walk, long long length)
{
    Decoder *self = walk->self;
    State *state = walk->state;
    const Figures *limits = &walk->limits;
    Py_ssize_t most = state->stock_size;
    if (length > most || length > limits->items - self->total) {
        long long shown = limits->items < most ? limits->items : most;
        return refuse(walk, state->refused,
                      PyUnicode_FromFormat("more than %lld entries", shown));
    }
    if (self->open >= limits->depth)
        return refuse(walk, state->refused,
                      PyUnicode_FromFormat("lists deeper than %lld", limits->depth));
    if (self->open == self->room) {
        Py_ssize_t room = self->room ? 2 * self->room : 8;
        Filling *lists = PyMem_Realloc(self->lists, (size_t)room * sizeof *lists);
        if (lists == NULL) {
            PyErr_NoMemory();
            return FAILED;
        }
        self->lists = lists;
        self->room = room;
    }
    PyObject *list = PyList_New(length <= FEW_ENTRIES ? (Py_ssize_t)length : 0);
    if (list == NULL)
        return FAILED;
    /* For good: of bytes, numbers and such lists no cycle can be, and a collection would
     * walk over all that peers have begun to send, which is forty times its bytes. */
    PyObject_GC_UnTrack(list);
    if (self->open && enter(self, list) < 0)
        return FAILED;
    self->total += length;
    self->lists[self->open++] = (Filling){list, (int)length, (int)length};
    return OPENED;
}

/* Close the lists that are full. Gives the message if that is all of them, else NULL. */
static PyObject *
close_lists(Decoder *self)
{
    while (self->open && self->lists[self->open - 1].left == 0) {
        PyObject *list = self->lists[--self->open].list;
        if (self->open == 0)
            return list;
    }
    return NULL;
}

/* Read a token; its value, if it has one, into *value. */
static inline Step
read_token(Walk *walk, PyObject **value)
{
    const unsigned char *data = walk->data;
    Py_ssize_t place = walk->at = walk->place;
    Number number = {data[place], NULL};
    int kind;
    if (number.value < KINDS && place + 1 < walk->end && data[place + 1] >= KINDS) {
        kind = data[place + 1];
        walk->place = place + 2;
    }
    else {
        Step step = read_number(walk, &number, &kind);
        if (step != READ)
            return step;
    }
    if (kind == LIST && number.value) {
        Step step = open_list(walk, number.value);
        Py_XDECREF(number.large);
        return step;
    }
    Step step = read_value(walk, &number, kind, value);
    Py_XDECREF(number.large);
    return step;
}

static int
check_size(Walk *walk, Py_ssize_t until)
{
    long long most = walk->limits.size;
    if (until - walk->start <= most)
        return 0;
    refuse(walk, walk->state->refused,
           PyUnicode_FromFormat("a message of more than %lld bytes", most));
    return -1;
}

/* Read tokens until the bytes end, or enough messages are found. */
int
walk_on(Walk *walk, PyObject *found, Py_ssize_t most)
{
    Decoder *self = walk->self;
    while (walk->place < walk->end && PyList_GET_SIZE(found) < most) {
        PyObject *value = NULL;
        Step step = read_token(walk, &value);
        if (step == FAILED)
            return -1;
        if (step == WAITS)
            return check_size(walk, walk->until);
        if (step == READ && self->open) {
            if (enter(self, value) < 0)
                return -1;
            value = close_lists(self);
        }
        if (value == NULL)
            continue;
        int failed = check_size(walk, walk->place) || PyList_Append(found, value);
        Py_DECREF(value);
        if (failed)
            return -1;
        self->total = 0;
        walk->start = walk->place;
    }
    return check_size(walk, walk->place);
}
