/* What decoder.c, walk.c and tokens.c share. */
#ifndef TWIN_DECODER_H
#define TWIN_DECODER_H

#include "twin.h"

/* limits.Limits as numbers, each from 1 to 1 << 62. */
typedef struct {
    long long size, items, depth, string, prefix;
} Figures;

/* A list that is being filled. Its owner is the list around it, of the first the Decoder. */
typedef struct {
    PyObject *list;
    int length;  /* as announced; at most STOCK_SIZE */
    int left;    /* how many entries are to come */
} Filling;

/* The attributes of decoder.Decoder; `lists` is its `_items`, `_left` and `_stack`. */
typedef struct {
    PyObject_HEAD
    PyObject *limits_given;
    Figures limits;
    char has_words;
    char is_walking;
    PyObject *bytes;        /* bytes; NULL where all are read */
    Py_ssize_t place;
    PyObject *first, *more; /* the chunks: bytes, and a list of those after it */
    Py_ssize_t held, wanted;
    PyObject *fault;        /* what take() raises: an error, or a type of errors */
    Filling *lists;
    Py_ssize_t open, room;  /* how many lists are open; how many have room */
    long long total;
    Py_ssize_t size;
} Decoder;

/* One walk over the bytes that are there. */
typedef struct {
    Decoder *self;
    State *state;
    Figures limits;  /* from before the walk */
    int has_words;
    const unsigned char *data;
    Py_ssize_t at;     /* where the token begins that is being read */
    Py_ssize_t place;  /* what is read */
    Py_ssize_t end;
    Py_ssize_t start;  /* where the message begins; below 0 if before these bytes */
    Py_ssize_t until;  /* where the bytes have to reach for the token at `at`; or 0 */
} Walk;

/* A token's number. One of more than 63 bits is `large`, and then `value` is above all
 * limits. */
typedef struct {
    long long value;
    PyObject *large;
} Number;

/* FAILED: an error is set, or the Decoder has its fault. WAITS: see Walk.until. */
typedef enum { FAILED, WAITS, OPENED, READ } Step;

Step refuse(Walk *walk, PyObject *type, PyObject *text);
int walk_on(Walk *walk, PyObject *found, Py_ssize_t most);
Step read_number(Walk *walk, Number *number, int *kind);
Step read_value(Walk *walk, const Number *number, int kind, PyObject **value);

#endif
